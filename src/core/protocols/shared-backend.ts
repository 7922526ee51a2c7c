/** How many open clients use each backend object. */
const clientCounts = new WeakMap<object, number>();

const backends = new WeakMap<object, object>();

/** Adds a client of `backend`. */
export function joinBackend(backend: object, client: object): void {
  backends.set(client, backend);
  clientCounts.set(backend, (clientCounts.get(backend) ?? 0) + 1);
}

/** Removes a client of `backend` and returns whether it was the last. The last client shuts the backend down. */
export function leaveBackend(backend: object): boolean {
  const count = (clientCounts.get(backend) ?? 1) - 1;
  clientCounts.set(backend, count);
  return count <= 0;
}

/** The backend of a client. Undefined for any other object. */
export function backendOf(client: object): object | undefined {
  return backends.get(client);
}
