import type { Locks } from './locks.ts';

/** What became of a request for a lock: it is held, another context has it, or this context may have no locks. */
export type LockAnswer = 'held' | 'taken' | 'refused';

/**
 * Asks for a lock that nobody else should have, and holds it until `freed` aborts. Never rejects; `taken` also where
 * `freed` has aborted before the grant. `onStolen` is called when another script takes the lock away by `steal`
 * while it is held: the platform then rejects the promise of the request.
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
