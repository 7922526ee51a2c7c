import type { AsyncEventBackend, Capability } from '../../core/protocols.ts';
import type { ManualRuntime } from '../manual-runtime.ts';

/**
 * What a case needs beyond the five verbs.
 *
 * - `waiting`: `dequeue` waits for a publish (a synchronous backend on one thread cannot).
 * - `contexts`: several backends can be opened over one storage.
 * - `expiry`: an event whose lease has expired is delivered again though its consumer's context lives.
 */
export type Requirement = Capability | 'waiting' | 'contexts' | 'expiry';

/** What a case runs with: a storage of its own, and a clock that only the case moves. */
export interface ConformanceContext {
  readonly runtime: ManualRuntime;
  /** Opens a backend over this case's storage; each call is a further context. The runner shuts all of them down. */
  open(): AsyncEventBackend;
}

/** One thing that every backend must do. `run` rejects with an `Error` that says what it saw instead. */
export interface ConformanceCase {
  readonly name: string;
  readonly requires: readonly Requirement[];
  run(context: ConformanceContext): Promise<void>;
}
