import type { Leased } from './lifecycle.ts';
import type { Lease, Settlement } from './message.ts';

/**
 * The fencing token of a delivery is its `lease`, a number that grows with every delivery of an event. It decides whether a
 * consumer may settle the event. The clock does not decide: a consumer whose lease has expired may still settle, as long as
 * no other consumer has taken the event, see docs/decisions/0002.
 *
 * - `held` undefined: the store has no such event. The answer is `gone`.
 * - `held` is `waiting`: the event is not leased. A consumer that names a lease lost it, so the answer is `stale`.
 * - `held` carries another token: a newer delivery exists, so the answer is `stale`. A stale token changes nothing.
 * - `held` carries the same token: the answer is `ok`.
 *
 * {@link https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html Fencing tokens}
 */
export function checkFencingToken(held: Leased | 'waiting' | undefined, lease: Lease): Settlement {
  if (held === undefined) return 'gone';
  return held !== 'waiting' && held.lease === lease ? 'ok' : 'stale';
}
