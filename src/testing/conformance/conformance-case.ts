import type { Capability } from '../../core/protocols/capability.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import type { ManualRuntime } from '../manual-runtime.ts';

/**
 * What a case needs beyond the five verbs.
 *
 * - `waiting`: `dequeue` waits for a publish (a synchronous backend on one thread cannot).
 * - `contexts`: several backends can be opened over one storage.
 * - `expiry`: an event whose lease has expired is delivered again though its consumer's context lives.
 * - `clock`: the storage has no clock of its own: what it remembers for a time is forgotten when the case moves its clock.
 * - `place`: of several events that are returned without a delay, the one that was published first comes first again.
 * - `partitions`: the storage has partitions, and the runner gives {@link ConformanceContext.partitions}.
 */
export type Requirement =
  | Capability
  | 'waiting'
  | 'contexts'
  | 'expiry'
  | 'clock'
  | 'place'
  | 'partitions';

/** The partitions of the storage of a case. */
export interface PartitionsUnderTest {
  /** Opens a backend over a partition. Each call is another context. The runner shuts all of them down. */
  open(partition: string): AsyncEventBackend;
  /** Removes a partition with all of its events. */
  purge(partition: string): Promise<void>;
  /** Resolves with the names of the partitions, sorted. */
  names(): Promise<string[]>;
}

/** The environment of a case: an empty storage, and a clock that only the case moves. */
export interface ConformanceContext {
  readonly runtime: ManualRuntime;
  /** Opens a backend over the storage of the case. Each call is another context. The runner shuts all of them down. */
  open(): AsyncEventBackend;
  /** Given if the storage meets the requirement `partitions`. */
  readonly partitions?: PartitionsUnderTest | undefined;
}

/** One promise that every backend must keep. `run` rejects with an `Error` that describes what happened instead. */
export interface ConformanceCase {
  readonly name: string;
  readonly requires: readonly Requirement[];
  run(context: ConformanceContext): Promise<void>;
}
