/**
 * Key ranges that cover exactly `keys`, whole numbers from one key generator: neighbours go in one request, and
 * a range delete costs hardly more than a single one.
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
 * No database reaches this key by itself. A row at or above it was put there by another program, or by a generator that
 * such a row has raised: {@link https://w3c.github.io/IndexedDB/#key-generator-construct}.
 */
export const KEY_LIMIT: number = 2 ** 52;
