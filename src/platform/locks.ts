/** What is used of the platform's Web Locks: {@link https://w3c.github.io/web-locks/}. */
export type Locks = Pick<LockManager, 'request'>;

/** Absent in insecure contexts, and in older Node. */
export function platformLocks(): LockManager | null {
  return typeof navigator === 'undefined' ? null : (navigator.locks ?? null);
}
