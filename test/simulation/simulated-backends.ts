import { type AsyncEventBackend, memoryBackend, memoryStore } from 'ackline';
import {
  allFeatures,
  type IndexedDbBackend,
  indexedDbBackend,
  purgePartition,
} from 'ackline/indexeddb';
import { withSimulatedCodec } from './simulated-codec.ts';
import { SimulatedContext } from './simulated-context.ts';
import type { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { SimulatedLocks } from './simulated-locks.ts';
import type { SimulationPlan } from './simulation-plan.ts';
import type { World } from './world.ts';

/** Where the events of a simulation are kept. In memory its contexts are backends of one realm, which cannot crash. */
export type SimulatedStore = 'indexeddb' | 'memory';

export const OPEN_TIMEOUT_MS = 2_000;
export const DATABASE = 'simulated';

/** Opens the backends of the contexts of one simulation. */
export class SimulatedBackends {
  readonly #plan: SimulationPlan;
  readonly #storage: SimulatedIndexedDb;
  readonly #memory: ReturnType<typeof memoryStore> | undefined;
  /** The Web Locks of the contexts that begin from now on. */
  #locks = new SimulatedLocks();
  readonly #plain = new WeakMap<AsyncEventBackend, IndexedDbBackend>();
  #isHealed = false;

  constructor(
    world: World,
    store: SimulatedStore,
    plan: SimulationPlan,
    storage: SimulatedIndexedDb,
  ) {
    this.#plan = plan;
    this.#storage = storage;
    const realm = new SimulatedContext(world, 'realm');
    if (store === 'memory') this.#memory = memoryStore({ runtime: realm.runtime });
  }

  open(context: SimulatedContext, partition: string): AsyncEventBackend {
    if (this.#memory) return this.#withCodec(memoryBackend({ store: this.#memory }), context);
    const { hasLocks, leaseMode } = this.#plan;
    const locks = hasLocks ? this.#locks.forContext(context) : null;
    const options = { ...this.#databaseOf(context, partition), features: allFeatures };
    const plain = indexedDbBackend({ ...options, leaseMode, locks });
    const backend = this.#withCodec(plain, context);
    this.#plain.set(backend, plain);
    return backend;
  }

  /** Whether other contexts leave a lease of the backend alone for as long as its context lives and may hold it. */
  isExclusive(backend: AsyncEventBackend): boolean {
    return this.#plain.get(backend)?.status().leaseMode === 'exclusive';
  }

  #withCodec(backend: AsyncEventBackend, context: SimulatedContext): AsyncEventBackend {
    if (!this.#plan.hasCodec) return backend;
    return withSimulatedCodec(backend, context, () => !this.#isHealed);
  }

  /** Deletes a partition with all of its events. */
  purge(context: SimulatedContext, partition: string): Promise<void> {
    return purgePartition({ ...this.#databaseOf(context, partition), partition });
  }

  /** Contexts that begin from now on have other locks than those from before. */
  renewLocks(): void {
    this.#locks = new SimulatedLocks();
  }

  /** From now on what was encoded is decoded. */
  heal(): void {
    this.#isHealed = true;
  }

  #databaseOf(context: SimulatedContext, partition: string) {
    return {
      ...{ database: DATABASE, runtime: context.runtime, openTimeoutMs: OPEN_TIMEOUT_MS },
      indexedDB: this.#storage.forContext(context),
      ...(partition !== '' && { partition }),
    };
  }
}
