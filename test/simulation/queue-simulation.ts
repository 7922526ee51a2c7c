import type { HealedAt } from 'ackline/testing';
import {
  drainAll,
  type EndedSimulation,
  finishAll,
  type OpenBackend,
  stopAll,
} from './end-simulation.ts';
import { longestWorkMs } from './finish-work.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { judgeQueue } from './judge-queue.ts';
import { operate } from './operate.ts';
import { noteGoneGroups, purgeAll } from './purge-all.ts';
import { Random } from './random.ts';
import {
  DATABASE,
  OPEN_TIMEOUT_MS,
  SimulatedBackends,
  type SimulatedStore,
} from './simulated-backends.ts';
import { type ClientParts, SimulatedClient } from './simulated-client.ts';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { SimulatedWires, SOUND_WIRE } from './simulated-wires.ts';
import { type ContextEvent, planFor, planOfRealm, type SimulationPlan } from './simulation-plan.ts';
import { hashOf, type SimulationResult } from './simulation-result.ts';
import { type ChooseFault, plannedFault } from './storage-faults.ts';
import { MOST_STEPS, World } from './world.ts';

export interface SimulationOptions {
  /** Default: `indexeddb`. */
  readonly store?: SimulatedStore;
  readonly plan?: SimulationPlan;
  readonly chooseFault?: ChooseFault;
}

/** One simulation of several contexts that share events. */
export class QueueSimulation {
  readonly #seed: number;
  readonly #world: World;
  readonly #plan: SimulationPlan;
  readonly #recorder = HistoryRecorder.create();
  /** By partition. Without partitions there is one, without a name. */
  readonly #recorders: ReadonlyMap<string, HistoryRecorder>;
  readonly #storage: SimulatedIndexedDb;
  readonly #backends: SimulatedBackends;
  /** By `World.time`, when the data of the site was deleted last. */
  #clearedAt = Number.NEGATIVE_INFINITY;
  readonly #wires: SimulatedWires;
  readonly #clients: SimulatedClient[] = [];
  readonly #namedEvents: ClientParts['namedEvents'] = [];
  readonly #keptEvents: ClientParts['keptEvents'] = [];
  readonly #names: ClientParts['names'] = new Map();
  readonly #keptNames = new Set<string>();
  readonly #counts: Record<string, number> = {};

  readonly #chooseFault: ChooseFault;

  /** `plan` and `chooseFault`: in place of what the seed decides. */
  constructor(seed: number, { store = 'indexeddb', plan, chooseFault }: SimulationOptions = {}) {
    this.#seed = seed;
    const planned = plan ?? planFor(new Random(seed));
    this.#plan = store === 'memory' ? planOfRealm(planned) : planned;
    this.#chooseFault =
      chooseFault ?? ((call) => plannedFault(this.#plan, call, this.#world.random));
    this.#world = new World(seed);
    this.#storage = new SimulatedIndexedDb(this.#world);
    this.#backends = new SimulatedBackends(this.#world, store, this.#plan, this.#storage);
    const { partitions } = this.#plan;
    this.#recorders =
      partitions.length === 0
        ? new Map([['', this.#recorder]])
        : new Map(partitions.map((name) => [name, this.#recorder.of(name)]));
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
    const { stuck: unfinished, healed } = await this.#finish();
    const stuck =
      unfinished ??
      (await stopAll(this.#ended, OPEN_TIMEOUT_MS)) ??
      (await this.#inEach((recorder, open) => drainAll(this.#ended, recorder, open)));
    return this.#result(stuck, healed);
  }

  get #ended(): EndedSimulation {
    return { world: this.#world, plan: this.#plan, clients: this.#clients };
  }

  /**
   * Where the plan asks for it, contexts work on without faults until everything is done, and new ones consume every queue beside
   * them. A clock that has jumped may have moved a due time by years.
   */
  async #finish(): Promise<{ stuck?: string | undefined; healed?: HealedAt }> {
    const { isHealed, events } = this.#plan;
    if (!isHealed || events.includes('jump')) return {};
    const at = this.#world.time;
    for (const client of this.#clients) client.context.call(() => client.heal());
    for (const partition of this.#recorders.keys()) this.#addClient(partition, true);
    const until = at + longestWorkMs(this.#plan);
    const stuck = await this.#inEach((recorder, open) =>
      finishAll(this.#ended, recorder, open, until),
    );
    // A sum of fractions is not exact.
    return { stuck, healed: { at, withinMs: this.#world.time - at + 1 } };
  }

  /** Does the same in each partition, until something is wrong. Resolves with what is. */
  async #inEach(
    work: (recorder: HistoryRecorder, open: OpenBackend) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    for (const [partition, recorder] of this.#recorders) {
      const stuck = await work(recorder, (context) => this.#backends.open(context, partition));
      if (stuck !== undefined) return stuck;
    }
    return undefined;
  }

  /** Every channel has a queue without a name, whatever groups there are. */
  #notePlainQueues(): void {
    const context = new SimulatedContext(this.#world, 'channels');
    for (const recorder of this.#recorders.values())
      for (const channel of this.#plan.channels)
        recorder.note(context, { operation: 'create-group', channel });
  }

  #addClient(partition = this.#nextPartition(), isConsumer = false): void {
    const context = new SimulatedContext(this.#world, `c${this.#world.contexts.length}`);
    const recorder = this.#recorders.get(partition) as HistoryRecorder;
    recorder.watch(context);
    const hasJumps = this.#plan.events.includes('jump');
    const parts = {
      ...{ context, recorder, plan: this.#plan, hasJumps },
      namedEvents: this.#namedEvents,
      ...{ keptEvents: this.#keptEvents, keptNames: this.#keptNames, names: this.#names },
    };
    context.enter(() => {
      const backend = this.#backends.open(context, partition);
      const isExclusive = () => this.#backends.isExclusive(backend);
      const client = new SimulatedClient({ ...parts, backend, isExclusive });
      this.#clients.push(client);
      if (isConsumer) client.consumeAll();
      else client.start();
    });
  }

  #nextPartition(): string {
    const names = [...this.#recorders.keys()];
    return names[this.#clients.length % names.length] as string;
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
      operate(this.#plan, running, random);
      if (this.#plan.partitions.length > 0 && running.length > 0 && random.chance(0.2))
        this.#purge(random.pick(running));
    }
  }

  /** A context deletes a partition, which ends the others that use it. */
  #purge({ context }: SimulatedClient): void {
    const partition = this.#world.random.pick(this.#plan.partitions);
    const recorder = this.#recorders.get(partition) as HistoryRecorder;
    this.#counts['purge'] = (this.#counts['purge'] ?? 0) + 1;
    context.call(() => {
      const purge = () => this.#backends.purge(context, partition);
      void purgeAll(context, recorder, this.#plan, purge).then(() => this.#addClient(partition));
    });
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
      this.#backends.renewLocks();
      this.#clearedAt = this.#world.time;
      noteGoneGroups(new SimulatedContext(this.#world, 'cleared'), this.#recorder, this.#plan);
      this.#addClient();
    });
  }

  #replace(context: SimulatedContext): void {
    if (context.isEnded && this.#clients.filter((one) => !one.context.isEnded).length < 3)
      this.#addClient();
  }

  #heal(): void {
    this.#storage.chooseFault = () => undefined;
    this.#backends.heal();
    this.#wires.faults = SOUND_WIRE;
    for (const { context } of this.#clients) {
      context.thaw();
      context.throttleMs = 0;
      context.stalledUntil = 0;
    }
  }

  #result(
    stuck: string | undefined,
    healed: HealedAt | undefined,
  ): SimulationResult<SimulationPlan> {
    const { records } = this.#recorder;
    return {
      ...{ seed: this.#seed, plan: this.#plan, records, stepCount: this.#world.stepCount },
      hash: hashOf(records),
      violations: stuck ? [] : judgeQueue(this.#plan, records, this.#clearedAt, healed),
      ...(stuck && { stuck }),
      faultCounts: { ...this.#counts, ...Object.fromEntries(this.#storage.faultCounts) },
    };
  }
}
