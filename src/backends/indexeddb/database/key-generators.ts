import { KEY_LIMIT } from '../schema/key-ranges.ts';
import type { StoreName } from '../schema/schema.ts';
import { partlyStoredError } from './storage-errors.ts';
import {
  errorOf,
  read,
  type Write,
  type WriteOptions,
  writeGuarded as writeGuardedOnce,
  write as writeOnce,
} from './transactions.ts';

/** The stores whose keys come from a generator, with the column that holds the key. */
const KEY_COLUMNS: Readonly<Partial<Record<StoreName, string>>> = {
  segments: 'seq',
  dead: 'n',
  aside: 'n',
};

/** How often a write is tried again after another context has taken the same key. */
const MAX_KEY_TRIES = 20;

/**
 * Writes rows whose keys come from the generators of their stores. A row with key 2⁵³, which any script of the origin may
 * add, uses up a generator for good: every later `add` fails. This class then chooses the key itself: one more than the
 * highest key below {@link KEY_LIMIT}. If two contexts choose the same key, one `add` fails and is tried again.
 */
export class KeyGenerators {
  /** Stores whose generators are used up. */
  readonly #usedUp = new Set<StoreName>();

  /** To be called when another database is in use, which has other generators. */
  forget(): void {
    this.#usedUp.clear();
  }

  /** As `write`; resolves with the keys of the rows in the order of `writes`. */
  write(
    database: IDBDatabase,
    writes: readonly Write[],
    options: WriteOptions,
  ): Promise<readonly unknown[]> {
    return this.#repeat(database, writes, options, async (issued, tracked, requestsOf) => {
      await writeOnce(database, issued, tracked);
      return this.#completed(database, writes, issued, requestsOf(), options);
    });
  }

  /** As `writeGuarded`; resolves with the keys of the rows, or with undefined where `writeGuarded` resolves with false. */
  writeGuarded(
    database: IDBDatabase,
    writes: readonly Write[],
    options: WriteOptions,
  ): Promise<readonly unknown[] | undefined> {
    return this.#repeat(database, writes, options, async (issued, tracked, requestsOf) => {
      const isFirst = await writeGuardedOnce(database, issued, tracked);
      if (!isFirst) return undefined;
      return this.#completed(database, writes, issued, requestsOf(), options);
    });
  }

  /** Tries again with chosen keys if the transaction was aborted because a generator is used up. */
  async #repeat<T>(
    database: IDBDatabase,
    writes: readonly Write[],
    options: WriteOptions,
    attempt: (
      issued: readonly Write[],
      tracked: WriteOptions,
      requestsOf: () => readonly IDBRequest[],
    ) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      let requests: readonly IDBRequest[] = [];
      const onIssued = (made: readonly IDBRequest[]) => {
        requests = made;
        options.onIssued?.(made);
      };
      const issued = await this.#withKeys(database, writes);
      try {
        const tracked = { ...options, onIssued, checksRequests: true };
        return await attempt(issued, tracked, () => requests);
      } catch (error) {
        const refused = issued.filter((one, index) => isRefused(one, requests[index]));
        if (refused.length === 0 || tries === MAX_KEY_TRIES) throw error;
        for (const [, store] of refused) this.#usedUp.add(store);
      }
    }
  }

  /**
   * The keys of the committed rows. Firefox commits the other rows of a transaction if one fails after `commit()`. Rows
   * that failed, and rows whose keys are beyond the limit, are written again under chosen keys.
   */
  async #completed(
    database: IDBDatabase,
    writes: readonly Write[],
    issued: readonly Write[],
    requests: readonly IDBRequest[],
    options: WriteOptions,
  ): Promise<readonly unknown[]> {
    const fault = requests.find((request, index) => {
      const isAnswered = isRefused(issued[index] as Write, request);
      return errorOf(request) && !isAnswered;
    });
    if (fault) throw partlyStoredError(fault.error);
    const keys = requests.map((request) => (errorOf(request) ? undefined : request.result));
    const misplaced = issued.flatMap((one, index) => {
      const isBeyond =
        one[1] === 'segments' && isGenerated(one) && !(Number(keys[index]) < KEY_LIMIT);
      return isBeyond || isRefused(one, requests[index]) ? [index] : [];
    });
    if (misplaced.length === 0) return keys;
    // Without the keys chosen before: another context may have taken them.
    const again = misplaced.map((index) => writes[index] as Write);
    for (const [, store] of again) this.#usedUp.add(store);
    const spoilt = misplaced.flatMap((index): Write[] => {
      const key = keys[index];
      return key === undefined ? [] : [['delete', (issued[index] as Write)[1], key as number]];
    });
    const { onIssued: _, ...rest } = options;
    const moved = await this.write(database, [...again, ...spoilt], rest);
    for (const [place, index] of misplaced.entries()) keys[index] = moved[place];
    return keys;
  }

  /** The writes, with a chosen key in each row whose generator is used up. */
  async #withKeys(database: IDBDatabase, writes: readonly Write[]): Promise<readonly Write[]> {
    const stores = new Set(
      writes
        .filter((one) => this.#usedUp.has(one[1]) && isGenerated(one))
        .map(([, store]) => store),
    );
    if (stores.size === 0) return writes;
    const names = [...stores];
    const last = await read(database, names, (tx) =>
      names.map((store) =>
        tx.objectStore(store).openKeyCursor(IDBKeyRange.bound(0, KEY_LIMIT, true, true), 'prev'),
      ),
    );
    const next = new Map(
      names.map((store, index) => [store, Math.floor(Number(last[index]?.result?.key ?? 0)) + 1]),
    );
    return writes.map((one) => {
      const [, store, row] = one;
      const key = next.get(store);
      if (key === undefined || !isGenerated(one)) return one;
      next.set(store, key + 1);
      return ['add', store, { ...(row as object), [KEY_COLUMNS[store] as string]: key }];
    });
  }
}

/** Whether the row has no key yet, so that the store's generator makes it. */
function isGenerated([verb, store, row]: Write): boolean {
  const column = KEY_COLUMNS[store];
  return verb === 'add' && column !== undefined && !(column in (row as object));
}

/** Whether the store refused a row because its generator is used up or another context has taken its key. */
function isRefused([verb, store]: Write, request: IDBRequest | undefined): boolean {
  return (
    verb === 'add' &&
    KEY_COLUMNS[store] !== undefined &&
    errorOf(request)?.name === 'ConstraintError'
  );
}
