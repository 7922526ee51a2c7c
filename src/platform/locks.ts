import type { PlatformLockManager } from '../core/runtime/platform-types.ts';

/**
 * The parts of Web Locks in use: {@link https://w3c.github.io/web-locks/}. A callback that holds its lock must be an `async`
 * function, because Node holds a lock for native promises only and zone.js replaces `Promise`.
 */
export type Locks = Pick<PlatformLockManager, 'request'> &
  Partial<Pick<PlatformLockManager, 'query'>>;

/** Null in insecure contexts and in older Node. In Node 24 locks are not shared between threads. */
export function platformLocks(): PlatformLockManager | null {
  return typeof navigator === 'undefined' ? null : (navigator.locks ?? null);
}

/** Locks that an idle context may hold. Null in Deno, where a held lock keeps its process alive. */
export function idleLocks(): PlatformLockManager | null {
  return typeof Deno === 'undefined' ? platformLocks() : null;
}

declare const Deno: unknown;

/** Locks that all contexts of a BroadcastChannel share. Null in Node, whose BroadcastChannel alone has `unref`. */
export function sharedLocks(): PlatformLockManager | null {
  const isNode = typeof BroadcastChannel !== 'undefined' && 'unref' in BroadcastChannel.prototype;
  return isNode ? null : platformLocks();
}
