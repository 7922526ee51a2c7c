/** How many open clients use each backend object. */
const clientCounts = new WeakMap<object, number>();

/** Adds a client of `backend`. */
export function joinBackend(backend: object): void {
  clientCounts.set(backend, (clientCounts.get(backend) ?? 0) + 1);
}

/** Removes a client of `backend` and returns whether it was the last. The last client shuts the backend down. */
export function leaveBackend(backend: object): boolean {
  const count = (clientCounts.get(backend) ?? 1) - 1;
  clientCounts.set(backend, count);
  return count <= 0;
}
