/** Ends the work of the call that returned it. A second call has no effect. */
export type Stop = () => void;

/**
 * The clock, timers, ids and random numbers of the library. Default: `systemRuntime`. Tests pass a `ManualRuntime`, whose time
 * they move by hand.
 */
export interface Runtime {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Milliseconds since a fixed moment, independent of changes of the clock. Default: {@link now}. A clock that jumps then makes
   * cached scans seem older or newer than they are, see docs/indexeddb.md.
   */
  elapsed?(): number;
  /** Calls `run` once, `ms` milliseconds from now, however large `ms` is. The timer does not keep a process alive; `hold` does. */
  after(ms: number, run: () => void): Stop;
  /**
   * Keeps a Node process alive until the returned function is called. Default: nothing keeps the process alive.
   */
  hold?(): Stop;
  /** A new string that no other context will make. */
  randomId(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Milliseconds since some fixed moment. Only differences of two results are meaningful. */
export function elapsedMs(runtime: Runtime): number {
  return runtime.elapsed?.() ?? runtime.now();
}
