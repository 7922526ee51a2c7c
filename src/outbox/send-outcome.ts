import type { Delivery } from '../core/delivery/delivery.ts';
import { checkChoice, checkWholeNumber, refuse } from '../core/options/options.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';

/**
 * How a send ended, and what the outbox does then.
 *
 * - `done`: the server has it. The event is acknowledged.
 * - `retry`: this event failed. The attempt counts. It is sent again `afterMs` milliseconds from now, by default after a
 *   back-off. Other events go on.
 * - `hold`: the server cannot take any event now. The whole outbox waits `afterMs` milliseconds, by default for a back-off.
 *   The attempt does not count.
 * - `unreachable`: no answer came. The whole outbox waits for a back-off, or for the network if there is none. The attempt
 *   counts only if a `probe` reaches the server.
 * - `unauthorized`: the outbox is paused until `onUnauthorized` resolves. The attempt does not count, unless the event is
 *   refused again directly after that.
 * - `reject`: the server will never take it. The event becomes a dead letter with `reason` as its note.
 */
export type SendOutcome =
  | { readonly result: 'done' }
  | {
      readonly result: 'retry' | 'hold';
      readonly afterMs?: number | undefined;
      readonly error?: unknown;
    }
  | { readonly result: 'unreachable' | 'unauthorized'; readonly error?: unknown }
  | { readonly result: 'reject'; readonly reason: string; readonly error?: unknown };

/**
 * Sends one event. Returning nothing means `done`. A thrown error means `retry`, and a thrown `RejectError` or `RetryError`
 * settles the event as in `listen`. `signal` aborts when the lease is lost, when the network is gone, and when the outbox is
 * stopped with `mode: 'release'`. Pass it to `fetch`.
 */
export type Sender<Payload = unknown> = (
  delivery: Delivery<Payload>,
  signal: PlatformAbortSignal,
) => SendOutcome | undefined | void | Promise<SendOutcome | undefined> | Promise<void>;

const RESULTS: readonly SendOutcome['result'][] = [
  'done',
  'retry',
  'hold',
  'unreachable',
  'unauthorized',
  'reject',
];

/** A checked outcome. A `Response` is refused, because it would count as success whatever its status is. */
export function checkOutcome(given: unknown): SendOutcome {
  if (given === undefined) return { result: 'done' };
  if (typeof given !== 'object' || given === null || !('result' in given))
    refuse('result of send', 'nothing, or an object with result', given);
  checkChoice('result', given.result, RESULTS);
  const outcome = given as SendOutcome;
  if ('afterMs' in outcome && outcome.afterMs !== undefined)
    checkWholeNumber('afterMs', outcome.afterMs, 0);
  return outcome;
}
