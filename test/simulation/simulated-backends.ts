import { type AsyncEventBackend, memoryBackend, memoryStore } from 'ackline';
import { allFeatures, indexedDbBackend, purgePartition } from 'ackline/indexeddb';
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
    const backend = this.#plain(context, partition);
    return this.#plan.hasCodec
      ? withSimulatedCodec(backend, context, () => !this.#isHealed)
      : backend;
  }

  #plain(context: SimulatedContext, partition: string): AsyncEventBackend {
    if (this.#memory) return memoryBackend({ store: this.#memory });
    const { hasLocks, leaseMode } = this.#plan;
    const locks = hasLocks ? this.#locks.forContext(context) : null;
    const options = { ...this.#databaseOf(context, partition), features: allFeatures };
    return indexedDbBackend({ ...options, leaseMode, locks });
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
