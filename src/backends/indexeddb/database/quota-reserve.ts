import { codeOf, type QuotaError } from '../../../core/reports/errors.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import { partOf } from '../../../core/runtime/part-of.ts';
import type { Runtime } from '../../../core/runtime/runtime.ts';
import { nameOf, quotaError } from './storage-errors.ts';
import { estimateStorage } from './storage-estimate.ts';
import { read, write } from './transactions.ts';

const STORE = 'reserve';
const KEY = 0;
const RESERVE_BYTES = 4_194_304;

/** A context checks that the reserve is stored, and stores it again if not: at most so often, and after so many new bytes. */
const CHECK_MS = 1_000;
const CHECK_BYTES = 1_048_576;

/**
 * How often it tries while publishing is refused. Firefox frees the room of deleted rows when the database was not used
 * for two seconds, and each try is a use.
 */
const REFUSED_CHECK_MS = 5_000;

/**
 * Room that publishing cannot use up: one large row. When the quota is used up, Chromium refuses every transaction that
 * writes a row, and so the small rows of claims and settlements. It still allows deletes. The reserve is deleted then, and
 * publishing is refused until it can be stored again. It is a Blob, because only the room of a value in a file is free at
 * once when it is deleted. docs/decisions/0008 has the figures.
 */
export class QuotaReserve {
  readonly #runtime: Runtime;
  /** Whether this context last found the reserve missing. */
  #isSpent = false;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** Bytes of new events since then. */
  #uncheckedBytes = 0;
  #refusal: QuotaError | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Stores new events by `store`, or rejects with a `QuotaError` if no room would be left for settling. */
  async protect<T>(database: IDBDatabase, bytes: number, store: () => Promise<T>): Promise<T> {
    if (this.#isSpent || this.#uncheckedBytes > CHECK_BYTES) await this.#restore(database);
    this.#uncheckedBytes += bytes;
    try {
      return await withQuotaErrors(store(), bytes);
    } catch (error) {
      if (codeOf(error) === 'quota') this.#isSpent = true;
      throw error;
    } finally {
      // In the background: this call does not wait for it, and the next call uses the result.
      if (this.#isCheckDue) this.#restore(database).catch(ignore);
    }
  }

  /** Claims or settles by `change`. If there is no room, it deletes the reserve and calls `change` again. */
  async lend<T>(database: IDBDatabase, change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } catch (error) {
      if (codeOf(error) !== 'quota') throw error;
      this.#isSpent = true;
      await write(database, [['delete', STORE, KEY]]);
      return change();
    }
  }

  get #isCheckDue(): boolean {
    const everyMs = this.#refusal ? REFUSED_CHECK_MS : CHECK_MS;
    return Math.abs(this.#runtime.now() - this.#checkedAt) >= everyMs;
  }

  /** Stores the reserve if it is missing. Tries seldom while it is refused: in Chromium each refused transaction uses some room. */
  async #restore(database: IDBDatabase): Promise<void> {
    if (this.#refusal && !this.#isCheckDue) throw this.#refusal;
    this.#checkedAt = this.#runtime.now();
    this.#uncheckedBytes = 0;
    try {
      const count = await read(database, [STORE], (tx) => tx.objectStore(STORE).count(KEY));
      if (count.result === 0)
        await withQuotaErrors(write(database, [['put', STORE, ballast(), KEY]]), RESERVE_BYTES);
      this.#isSpent = false;
      this.#refusal = undefined;
    } catch (error) {
      if (codeOf(error) === 'quota') {
        this.#isSpent = true;
        this.#refusal = error as QuotaError;
      }
      throw error;
    }
  }
}

/**
 * Replaces `UnknownError` by a `QuotaError` where room has run out: Firefox fails so amid a value that it keeps in a file. The
 * failure is one of quota if less room is left than twice `bytes`, because the real size may be twice the estimate.
 */
async function withQuotaErrors<T>(storing: Promise<T>, bytes: number): Promise<T> {
  try {
    return await storing;
  } catch (error) {
    const cause = partOf(error, 'cause');
    if (nameOf(cause) !== 'UnknownError') throw error;
    const room = await estimateStorage().catch(() => undefined);
    if (room && room.usageBytes + 2 * bytes > room.quotaBytes) throw quotaError(cause);
    throw error;
  }
}

/** Shared by all databases of the context. */
let blob: Blob | undefined;

function ballast(): Blob {
  blob ??= new Blob([new Uint8Array(RESERVE_BYTES)]);
  return blob;
}
