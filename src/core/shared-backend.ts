/** How many clients that have not been shut down use a backend object. */
const clientCounts = new WeakMap<object, number>();

/** Counts one more client of `backend`. */
export function joinBackend(backend: object): void {
  clientCounts.set(backend, (clientCounts.get(backend) ?? 0) + 1);
}

/** Counts one client less, and returns whether it was the last: then that client shuts the backend down. */
export function leaveBackend(backend: object): boolean {
  const count = (clientCounts.get(backend) ?? 1) - 1;
  clientCounts.set(backend, count);
  return count <= 0;
}
