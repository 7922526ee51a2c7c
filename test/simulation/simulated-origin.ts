import { type AsyncEventBackend, EventChannel, memoryBackend, memoryStore } from 'ackline';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import type { SimulatedStore } from './simulated-backends.ts';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { SimulatedLocks } from './simulated-locks.ts';
import { SimulatedWires } from './simulated-wires.ts';
import { World } from './world.ts';

export const LEASE_MS = 500;
export const MAX_HOLD_MS = 2_000;
export const MAX_ATTEMPTS = 3;
export const DATABASE = 'origin';

/** No consumer finds an event in time by its poll. */
const POLL_MS = 60_000;
const MOST_STEPS = 1_000_000;

export interface OriginClient {
  readonly context: SimulatedContext;
  readonly backend: AsyncEventBackend;
  readonly events: EventChannel;
}

/** Contexts of one origin under a seeded scheduler, and a scenario outside of them that makes calls in them. */
export class SimulatedOrigin {
  readonly world: World;
  readonly storage: SimulatedIndexedDb;
  readonly #locks = new SimulatedLocks();
  readonly #memory: ReturnType<typeof memoryStore> | undefined;

  constructor(seed: number, store: SimulatedStore) {
    this.world = new World(seed);
    const realm = new SimulatedContext(this.world, 'realm');
    if (store === 'memory') this.#memory = memoryStore({ runtime: realm.runtime });
    this.storage = new SimulatedIndexedDb(this.world);
    const wires = new SimulatedWires(this.world);
    Object.assign(globalThis, { BroadcastChannel: wires.channelClass() });
  }

  /** Makes steps until `scenario` has settled. Resolves with why it did not come to its end; undefined where it did. */
  async run(scenario: Promise<void>): Promise<string | undefined> {
    let isOver = false;
    let fault: string | undefined;
    const ended = scenario
      .catch((error: unknown) => {
        fault = `a call failed: ${String(error)}`;
      })
      .finally(() => {
        isOver = true;
      });
    if (!(await this.world.run(() => isOver, MOST_STEPS))) return 'a call did not end';
    await ended;
    return fault;
  }

  open(name: string): Promise<OriginClient> {
    const context = new SimulatedContext(this.world, name);
    return this.in(context, async () => {
      const backend = this.#backend(context);
      const events = new EventChannel({
        ...{ backend, runtime: context.runtime, leaseMs: LEASE_MS, maxHoldMs: MAX_HOLD_MS },
        ...{ pollIntervalMs: POLL_MS, maxAttempts: MAX_ATTEMPTS, observer: () => undefined },
      });
      return { context, backend, events };
    });
  }

  /** Makes a call in a step of its context. */
  in<T>(context: SimulatedContext, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      context.call(() => void call().then(resolve, reject));
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.after(ms, resolve);
    });
  }

  #backend(context: SimulatedContext): AsyncEventBackend {
    if (this.#memory) return memoryBackend({ store: this.#memory });
    const { runtime } = context;
    const [locks, indexedDB] = [this.#locks.forContext(context), this.storage.forContext(context)];
    const leaseMode = 'exclusive';
    return indexedDbBackend({
      features: allFeatures,
      database: DATABASE,
      runtime,
      leaseMode,
      locks,
      indexedDB,
    });
  }
}
