import { type AsyncEventBackend, memoryBackend, memoryStore } from 'ackline';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import { drainAll, stopAll } from './end-simulation.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { judgeQueue } from './judge-queue.ts';
import { Random } from './random.ts';
import { type ClientParts, SimulatedClient } from './simulated-client.ts';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { SimulatedLocks } from './simulated-locks.ts';
import { SimulatedWires, SOUND_WIRE } from './simulated-wires.ts';
import { type ContextEvent, planFor, type SimulationPlan } from './simulation-plan.ts';
import { hashOf, type SimulationResult } from './simulation-result.ts';
import type { ChooseFault, StorageCall, StorageFault } from './storage-faults.ts';
import { MOST_STEPS, World } from './world.ts';

export interface SimulationOptions {
  /** Default: `indexeddb`. */
  readonly store?: SimulatedStore;
  readonly plan?: SimulationPlan;
  readonly chooseFault?: ChooseFault;
}

/** Where the events of a simulation are kept. In memory its contexts are backends of one realm, which cannot crash. */
export type SimulatedStore = 'indexeddb' | 'memory';

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
  readonly #keptEvents: ClientParts['keptEvents'] = [];
  readonly #names: ClientParts['names'] = new Map();
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
    this.#notePlainQueues();
    await this.#disturb();
    this.#heal();
    const world = this.#world;
    const ended = { world, plan: this.#plan, clients: this.#clients, recorder: this.#recorder };
    const stuck =
      (await stopAll(ended, OPEN_TIMEOUT_MS)) ??
      (await drainAll(ended, (context) => this.#open(context)));
    return this.#result(stuck);
  }

  /** Every channel has a queue without a name, whatever groups there are. */
  #notePlainQueues(): void {
    const context = new SimulatedContext(this.#world, 'channels');
    for (const channel of this.#plan.channels)
      this.#recorder.note(context, { operation: 'create-group', channel });
  }

  #addClient(): void {
    const context = new SimulatedContext(this.#world, `c${this.#world.contexts.length}`);
    this.#recorder.watch(context);
    const hasJumps = this.#plan.events.includes('jump');
    const parts = {
      ...{ context, recorder: this.#recorder, plan: this.#plan, hasJumps },
      namedEvents: this.#namedEvents,
      keptEvents: this.#keptEvents,
      names: this.#names,
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
    return indexedDbBackend({ features: allFeatures, ...options, openTimeoutMs: OPEN_TIMEOUT_MS });
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
      this.#operate(running);
    }
  }

  /** Lets contexts move dead letters and change groups, often several at once. */
  #operate(running: readonly SimulatedClient[]): void {
    const { channels, groups, movesLetters } = this.#plan;
    const { random } = this.#world;
    if (running.length === 0) return;
    const several = (call: (client: SimulatedClient) => void) => {
      for (let left = random.whole(1, 3); left > 0; left -= 1) {
        const client = random.pick(running);
        client.context.call(() => call(client));
      }
    };
    const channel = random.pick(channels);
    const group = groups.length > 0 ? random.pick(groups) : undefined;
    if (movesLetters && random.chance(0.8)) {
      const isOfGroup = group !== undefined && random.chance(0.5);
      several((client) => client.moveLetters(isOfGroup ? { channel, group } : { channel }));
    }
    if (group === undefined || random.chance(0.3)) return;
    const operation = random.chance(0.7) ? 'create-group' : 'delete-group';
    several((client) => client.changeGroup({ channel, group }, operation));
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
      this.#noteClearedGroups();
      this.#addClient();
    });
  }

  /** The groups are gone with the data. A delivery that is on its way may still arrive. */
  #noteClearedGroups(): void {
    const context = new SimulatedContext(this.#world, 'cleared');
    for (const channel of this.#plan.channels)
      for (const group of this.#plan.groups) {
        const gone = { operation: 'delete-group', channel, group, outcome: 'unknown' } as const;
        this.#recorder.note(context, gone);
      }
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

  #result(stuck: string | undefined): SimulationResult<SimulationPlan> {
    const { records } = this.#recorder;
    return {
      ...{ seed: this.#seed, plan: this.#plan, records, stepCount: this.#world.stepCount },
      hash: hashOf(records),
      violations: stuck ? [] : judgeQueue(this.#plan, records, this.#clearedAt),
      ...(stuck && { stuck }),
      faultCounts: { ...this.#counts, ...Object.fromEntries(this.#storage.faultCounts) },
    };
  }
}
