import type { Locks } from './locks.ts';

/** Result of a lock request: this context holds it, another context holds it, or this context may not use locks. */
export type LockAnswer = 'held' | 'taken' | 'refused';

/**
 * Requests a lock that no other context should hold, and holds it until `freed` aborts. Never rejects. The result is also
 * `taken` if `freed` has aborted before the grant. `onStolen` is called when another script takes the held lock by `steal`,
 * whereupon the platform rejects the promise of the request.
 * {@link https://w3c.github.io/web-locks/#dom-lockoptions-steal}
 */
export function holdLock(
  locks: Locks,
  name: string,
  freed: AbortSignal,
  onStolen: () => void,
): Promise<LockAnswer> {
  return new Promise((resolve) => {
    let isHeld = false;
    const hold = async (lock: Lock | null) =>
      new Promise<void>((free) => {
        if (freed.aborted || lock === null) return free();
        freed.addEventListener('abort', () => free());
        isHeld = true;
        resolve('held');
      });
    locks.request(name, { ifAvailable: true }, hold).then(
      () => resolve('taken'),
      () => {
        if (isHeld && !freed.aborted) onStolen();
        resolve('refused');
      },
    );
  });
}
