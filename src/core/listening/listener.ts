import { checkChoice, checkOptions } from '../options/options.ts';

/**
 * - `running`: the listener claims events.
 * - `paused`: it claims nothing until `resume()`. Handlers that were running go on.
 * - `stopping`: it claims nothing more and waits until its handlers have ended.
 * - `stopped`: all its handlers have ended.
 */
export type ListenerStatus = 'running' | 'paused' | 'stopping' | 'stopped';

export interface StopOptions {
  /**
   * `'finish'` (default): running handlers end by themselves, and their events are settled. `'release'`: the signals of
   * running handlers abort, and their events are nacked at once, so that other consumers receive them.
   */
  readonly mode?: 'finish' | 'release' | undefined;
}

export function checkStopOptions(options: StopOptions | undefined): void {
  checkOptions(options);
  checkChoice('mode', options?.mode ?? 'finish', ['finish', 'release']);
}

/**
 * A handler that receives the events of a channel. `EventChannel.listen` returns it.
 *
 * @example
 * const listener = events.listen('order.placed', upload, { concurrency: 4 });
 * await listener.stop(); // lets running handlers finish
 */
export interface Listener {
  /** The channel. With a group it is the name of the group's queue, `channel@group`. */
  readonly channel: string;
  readonly status: ListenerStatus;
  /** Resolves when the listener has stopped, after `stop()` because its backend was shut down, or because its group was deleted. Never rejects. */
  readonly closed: Promise<void>;
  /** The error `closed` of the backend, or `no-group`, if the listener ended for that. Undefined in every other case. */
  readonly closeReason: unknown;
  /** The reason of the last `pause()`. Undefined before a pause and after `resume()`. */
  readonly pauseReason: string | undefined;
  /**
   * Claims nothing until `resume()`, and starts no handler. Running handlers end by themselves. A claim that waits is ended,
   * and an event that it still returns is released without counting the attempt, if the backend can do that. `status` is
   * `paused` at once. `drain()` does not wait for the events of a paused listener. Does nothing once the listener stops.
   * Default reason: `'paused'`. Errors: `TypeError` for a reason that is not a string.
   *
   * @example
   * listener.pause('signed out');
   * console.log(listener.status, listener.pauseReason); // paused signed out
   * listener.resume();
   */
  pause(reason?: string): void;
  /** Ends a pause: the listener claims again at once. Does nothing if the listener is not paused. */
  resume(): void;
  /**
   * Stops claiming. Resolves when this listener holds no lease: running handlers have ended, and pending claims and
   * settlements are answered. A later call with `mode: 'release'` also ends the wait of an earlier call. A handler that
   * awaits the stop of its own listener waits for ever: call it there without `await`. Errors: `TypeError` for another mode.
   */
  stop(options?: StopOptions): Promise<void>;
}
