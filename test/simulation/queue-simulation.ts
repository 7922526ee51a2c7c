import { type AsyncEventBackend, memoryBackend, memoryStore } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { checkHistory, type HistoryViolation } from 'ackline/testing';
import { drain } from './drain.ts';
import { excuseCleared } from './excuse-cleared.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { Random } from './random.ts';
import { type ClientParts, longestHandlerMs, SimulatedClient } from './simulated-client.ts';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { SimulatedLocks } from './simulated-locks.ts';
import { SimulatedWires, SOUND_WIRE } from './simulated-wires.ts';
import { type ContextEvent, planFor, type SimulationPlan } from './simulation-plan.ts';
import { hashOf, type SimulationResult } from './simulation-result.ts';
import type { ChooseFault, StorageCall, StorageFault } from './storage-faults.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  /** Default: `indexeddb`. */
  readonly store?: SimulatedStore;
  readonly plan?: SimulationPlan;
  readonly chooseFault?: ChooseFault;
}

/** Where the events of a simulation are kept. In memory its contexts are backends of one realm, which cannot crash. */
export type SimulatedStore = 'indexeddb' | 'memory';

/** Steps after which a phase counts as stuck. */
const MOST_STEPS = 200_000;
const OPEN_TIMEOUT_MS = 2_000;
const DATABASE = 'simulated';

const FAULTS_OF: Readonly<Record<StorageCall, readonly StorageFault[]>> = {
  open: ['hang'],
  begin: ['invalid-state', 'close', 'crash-before'],
  request: [],
  commit: ['quota', 'unknown', 'answer-lost', 'crash-after'],
};

/** What can happen to backends of one realm. */
const REALM_EVENTS: readonly ContextEvent[] = ['shutdown', 'throttle'];

/** One simulation of several contexts that share events. */
export class QueueSimulation {
  readonly #seed: number;
  readonly #world: World;
  readonly #plan: SimulationPlan;
  readonly #recorder = new HistoryRecorder();
  readonly #storage: SimulatedIndexedDb;
  /** The Web Locks of the contexts that begin from now on. */
  #locks = new SimulatedLocks();
  /** By `World.time`, when the data of the site was deleted last. */
  #clearedAt = Number.NEGATIVE_INFINITY;
  readonly #wires: SimulatedWires;
  readonly #clients: SimulatedClient[] = [];
  readonly #namedEvents: ClientParts['namedEvents'] = [];
  readonly #counts: Record<string, number> = {};

  readonly #chooseFault: ChooseFault;
  readonly #memory: ReturnType<typeof memoryStore> | undefined;

  /** `plan` and `chooseFault`: in place of what the seed decides. */
  constructor(seed: number, { store = 'indexeddb', plan, chooseFault }: SimulationOptions = {}) {
    this.#seed = seed;
    const planned = plan ?? planFor(new Random(seed));
    const events = planned.events.filter((event) => REALM_EVENTS.includes(event));
    this.#plan =
      store === 'memory' ? { ...planned, events, storage: {}, hasLocks: false } : planned;
    this.#chooseFault = chooseFault ?? ((call, context) => this.#plannedFault(call, context));
    this.#world = new World(seed);
    const realm = new SimulatedContext(this.#world, 'realm');
    if (store === 'memory') this.#memory = memoryStore({ runtime: realm.runtime });
    this.#storage = new SimulatedIndexedDb(this.#world);
    this.#wires = new SimulatedWires(this.#world);
    Object.assign(globalThis, { BroadcastChannel: this.#wires.channelClass() });
  }

  async run(): Promise<SimulationResult<SimulationPlan>> {
    const { contextCount, wire } = this.#plan;
    this.#storage.chooseFault = (call, context) => {
      const fault = this.#chooseFault(call, context);
      if (fault?.startsWith('crash')) this.#world.after(1, () => this.#replace(context));
      return fault;
    };
    this.#wires.faults = wire;
    for (let count = 0; count < contextCount; count += 1) this.#addClient();
    await this.#disturb();
    this.#heal();
    const stuck = (await this.#stop()) ?? (await this.#drain());
    return this.#result(stuck);
  }

  #addClient(): void {
    const context = new SimulatedContext(this.#world, `c${this.#world.contexts.length}`);
    this.#recorder.watch(context);
    const hasJumps = this.#plan.events.includes('jump');
    const parts = {
      ...{ context, recorder: this.#recorder, plan: this.#plan, hasJumps },
      namedEvents: this.#namedEvents,
    };
    context.enter(() => {
      const client = new SimulatedClient({ ...parts, backend: this.#open(context) });
      this.#clients.push(client);
      client.start();
    });
  }

  #open(context: SimulatedContext): AsyncEventBackend {
    const { runtime } = context;
    if (this.#memory) return memoryBackend({ store: this.#memory });
    const { hasLocks, leaseMode } = this.#plan;
    const locks = hasLocks ? this.#locks.forContext(context) : null;
    const indexedDB = this.#storage.forContext(context);
    const options = { database: DATABASE, runtime, leaseMode, locks, indexedDB };
    return indexedDbBackend({ ...options, openTimeoutMs: OPEN_TIMEOUT_MS });
  }

  /** Lets the contexts work, and things happen to them. */
  async #disturb(): Promise<void> {
    const { events, eventCount } = this.#plan;
    const { random } = this.#world;
    for (let count = 0; count <= eventCount; count += 1) {
      const until = this.#world.time + random.next() * 600;
      await this.#world.run(() => this.#world.time >= until, MOST_STEPS);
      const running = this.#clients.filter(({ context }) => context.isRunning);
      if (running.length === 0) this.#addClient();
      else if (events.length > 0 && count < eventCount)
        this.#happen(random.pick(events), random.pick(running));
    }
  }

  #happen(event: ContextEvent, client: SimulatedClient): void {
    const { random } = this.#world;
    const { context } = client;
    this.#counts[event] = (this.#counts[event] ?? 0) + 1;
    if (event === 'crash') context.end();
    if (event === 'crash' || event === 'shutdown') this.#addClient();
    if (event === 'shutdown') context.call(() => void client.stop());
    if (event === 'freeze') {
      context.freeze();
      this.#world.after(random.next() * 3_000, () => context.thaw());
    }
    if (event === 'jump')
      context.clockOffsetMs += random.pick([-1, 1]) * random.pick([1, 1_000, 6e5, 8.64e7, 3.2e11]);
    if (event === 'stall') context.stalledUntil = this.#world.time + random.next() * 1_500;
    if (event === 'throttle') context.throttleMs = random.pick([0, 1_000]);
    if (event === 'close') this.#storage.close(context);
    if (event === 'clear-data') this.#clear();
  }

  #clear(): void {
    this.#storage.clear(DATABASE, () => {
      // A context that used locks before the deletion, and opens its first database after it, cannot notice the deletion.
      for (const { context } of this.#clients) if (!this.#storage.hasOpened(context)) context.end();
      this.#locks = new SimulatedLocks();
      this.#clearedAt = this.#world.time;
      this.#addClient();
    });
  }

  #plannedFault(call: StorageCall, context: SimulatedContext): StorageFault | undefined {
    return FAULTS_OF[call].find((fault) => {
      const share = this.#plan.storage[fault];
      return share !== undefined && context.world.random.chance(share);
    });
  }

  #replace(context: SimulatedContext): void {
    if (context.isEnded && this.#clients.filter((one) => !one.context.isEnded).length < 3)
      this.#addClient();
  }

  #heal(): void {
    this.#storage.chooseFault = () => undefined;
    this.#wires.faults = SOUND_WIRE;
    for (const { context } of this.#clients) {
      context.thaw();
      context.throttleMs = 0;
      context.stalledUntil = 0;
    }
  }

  /** Every context that is left shuts down. */
  async #stop(): Promise<string | undefined> {
    const left = this.#clients.filter(({ context }) => !context.isEnded);
    const stopped = new Set<SimulatedClient>();
    for (const client of left)
      client.context.call(() => void client.stop().then(() => stopped.add(client)));
    // A crash that an earlier fault has caused may come only now.
    const isOver = () => left.every((one) => stopped.has(one) || one.context.isEnded);
    if (!(await this.#world.run(isOver, MOST_STEPS))) return 'a shutdown did not end';
    // Handlers and openings that are under way when the backend shuts down end by then.
    const until = this.#world.time + longestHandlerMs(this.#plan) + OPEN_TIMEOUT_MS;
    await this.#world.run(() => this.#world.time >= until, MOST_STEPS);
    const late = left.filter(({ context }) => this.#world.countTimersOf(context) > 0);
    for (const { context } of left) context.end();
    return late.length > 0 ? `${late.length} contexts have timers after their shutdown` : undefined;
  }

  async #drain(): Promise<string | undefined> {
    const context = new SimulatedContext(this.#world, 'drain');
    let isOver = false;
    let fault: unknown;
    context.enter(() => {
      void drain(context, this.#open(context), this.#plan, this.#recorder)
        .catch((error: unknown) => {
          fault = error;
        })
        .then(() => {
          isOver = true;
        });
    });
    const isDrained = await this.#world.run(() => isOver, MOST_STEPS);
    if (fault) return `draining failed: ${String(fault)}`;
    return isDrained ? undefined : 'draining did not end';
  }

  /**
   * Where clocks jump, another context may take a lease over that its owner has just got and still believes in. The token
   * makes what that owner does harmless, but the delivery is late: such deliveries are not counted.
   */
  #violations(): HistoryViolation[] {
    const violations = checkHistory(excuseCleared(this.#recorder.records, this.#clearedAt));
    if (!this.#plan.events.includes('jump')) return violations;
    return violations.filter(
      ({ records: [before, after] }) => !isOlder(after?.lease, before?.lease),
    );
  }

  #result(stuck: string | undefined): SimulationResult<SimulationPlan> {
    const { records } = this.#recorder;
    return {
      ...{ seed: this.#seed, plan: this.#plan, records, stepCount: this.#world.stepCount },
      hash: hashOf(records),
      violations: stuck ? [] : this.#violations(),
      ...(stuck && { stuck }),
      faultCounts: { ...this.#counts, ...Object.fromEntries(this.#storage.faultCounts) },
    };
  }
}

function isOlder(lease: number | undefined, than: number | undefined): boolean {
  return lease !== undefined && than !== undefined && lease < than;
}
