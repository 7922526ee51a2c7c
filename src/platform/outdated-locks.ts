import type { Locks } from './locks.ts';

/** Lock managers of this context that newer contexts of the origin do not share. */
const outdated = new WeakSet<Locks>();

/**
 * To be called when the site's data was deleted under this context. A lock manager belongs to the storage of its origin as it
 * was when the context first used it. In Chromium contexts from before the deletion and contexts from after it do not see each
 * other's locks.
 * {@link https://w3c.github.io/web-locks/#lock-managers}
 */
export function noteDataDeleted(locks: Locks): void {
  outdated.add(locks);
}

/** The locks, or undefined if newer contexts do not share them. */
export function sharedWithNewer(locks: Locks | undefined): Locks | undefined {
  return locks && outdated.has(locks) ? undefined : locks;
}
