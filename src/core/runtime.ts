/** Ends what it was returned for. Calling it twice does no harm. */
export type Stop = () => void;

/**
 * Everything that the library takes from its surroundings that is not the same each time.
 * A test gives a `ManualRuntime`; all else uses `systemRuntime`.
 */
export interface Runtime {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Milliseconds since a moment that stays the same; setting the clock does not change them. Default: {@link now}, and
   * then a clock that jumps makes what was read look older or younger than it is, see docs/indexeddb.md.
   */
  elapsed?(): number;
  /** Calls `run` once, `ms` milliseconds from now, however large `ms` is. The timer does not keep a process alive; `hold` does. */
  after(ms: number, run: () => void): Stop;
  /**
   * Keeps a Node process alive until the returned function is called. Absent: nothing of this runtime keeps one alive,
   * as in tests whose time is moved by hand.
   */
  hold?(): Stop;
  /** A new string that no other context will make. */
  randomId(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

/** How much time has passed by `runtime` since some fixed moment: only differences mean something. */
export function elapsedMs(runtime: Runtime): number {
  return runtime.elapsed?.() ?? runtime.now();
}
