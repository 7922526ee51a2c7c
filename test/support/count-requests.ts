import { type MockInstance, onTestFinished, vi } from 'vitest';

const VERBS = [
  ...(['add', 'put', 'delete', 'get', 'getKey', 'getAll', 'getAllKeys', 'count'] as const),
  ...(['openCursor', 'openKeyCursor'] as const),
];

export interface Counted {
  /** The requests in the order in which they were made, such as `add segments`. */
  readonly requests: string[];
  /** How many rows and keys the requests have read. */
  rows: number;
  /** Ends the count. It ends with the test, too. */
  stop(): void;
}

/** Counts the requests to object stores and their indexes, by all contexts, from now on. */
export function countRequests(): Counted {
  const watching: MockInstance[] = [];
  const stop = () => {
    for (const watched of watching) watched.mockRestore();
  };
  onTestFinished(stop);
  const counted: Counted = { requests: [], rows: 0, stop };
  for (const prototype of [IDBObjectStore.prototype, IDBIndex.prototype] as const)
    for (const verb of VERBS) {
      if (!(verb in prototype)) continue;
      const original = Reflect.get(prototype, verb) as (...given: unknown[]) => IDBRequest;
      const watched = vi.spyOn(prototype as IDBObjectStore, verb).mockImplementation(function (
        this: IDBObjectStore,
        ...given: unknown[]
      ) {
        counted.requests.push(`${verb} ${this.name}`);
        const request = original.apply(this, given);
        request.addEventListener('success', () => {
          counted.rows += rowsIn(request.result);
        });
        return request as never;
      } as never);
      watching.push(watched as never);
    }
  return counted;
}

function rowsIn(result: unknown): number {
  if (Array.isArray(result)) return result.length;
  return typeof result === 'object' && result !== null ? 1 : 0;
}
