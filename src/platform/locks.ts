import type { PlatformLockManager } from '../core/platform-types.ts';

/**
 * What is used of the platform's Web Locks: {@link https://w3c.github.io/web-locks/}. A callback that holds its lock for
 * a while is an `async` function: Node waits for native promises only, and zone.js makes `new Promise` another kind.
 */
export type Locks = Pick<PlatformLockManager, 'request'> &
  Partial<Pick<PlatformLockManager, 'query'>>;

/** Absent in insecure contexts, and in older Node. Node 24's are not shared between threads. */
export function platformLocks(): PlatformLockManager | null {
  return typeof navigator === 'undefined' ? null : (navigator.locks ?? null);
}

/** Those by which the contexts of a BroadcastChannel see one another: in Node, whose wires alone have `unref`, none. */
export function sharedLocks(): PlatformLockManager | null {
  const isNodes = typeof BroadcastChannel !== 'undefined' && 'unref' in BroadcastChannel.prototype;
  return isNodes ? null : platformLocks();
}
