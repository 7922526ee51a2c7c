/**
 * The fewest key ranges that cover exactly `keys`, which are whole numbers. Deleting a range costs hardly more than
 * deleting one row.
 */
export function keyRanges(keys: readonly number[]): IDBKeyRange[] {
  const runs: { first: number; last: number }[] = [];
  for (const key of keys.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && key === run.last + 1) run.last = key;
    else runs.push({ first: key, last: key });
  }
  return runs.map(({ first, last }) => IDBKeyRange.bound(first, last));
}

/**
 * No key generator reaches this key by counting. A row at or above it was written by another program, or got its key
 * from a generator that such a row has raised: {@link https://w3c.github.io/IndexedDB/#key-generator-construct}.
 */
export const KEY_LIMIT: number = 2 ** 52;
