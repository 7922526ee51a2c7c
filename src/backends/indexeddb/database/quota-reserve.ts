import { codeOf, type QuotaError } from '../../../core/errors.ts';
import { ignore } from '../../../core/ignore.ts';
import { partOf } from '../../../core/part-of.ts';
import type { Runtime } from '../../../core/runtime.ts';
import { estimateStorage } from './storage-estimate.ts';
import { nameOf, quotaError, read, write } from './transactions.ts';

const STORE = 'reserve';
const KEY = 0;
const RESERVE_BYTES = 4_194_304;

/** How often a context looks whether the reserve is there, and tries to put it back; and after how much it must. */
const CHECK_MS = 1_000;
const CHECK_BYTES = 1_048_576;

/**
 * How often it tries while publishing is refused: Firefox gives back the room of deleted rows when nobody has used the
 * database for two seconds, and each try is a use.
 */
const REFUSED_CHECK_MS = 5_000;

/**
 * Room that publishing cannot use up: one row. When the quota is used up Chromium refuses every transaction that
 * puts anything, and so the small rows of settling and claiming; deletes it allows. So the row is deleted then, and
 * while it finds no room nothing is published. It is a Blob, since a value in a file is the only one whose
 * room is free at once: that of other rows only after a compaction. docs/decisions/0008 has the figures.
 */
export class QuotaReserve {
  readonly #runtime: Runtime;
  /** The reserve was missing when this context last knew. */
  #isSpent = false;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** What was stored since. */
  #uncheckedBytes = 0;
  #refusal: QuotaError | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Stores new events by `store`: refused with a `QuotaError` where no room would be left for settling. */
  async protect<T>(database: IDBDatabase, bytes: number, store: () => Promise<T>): Promise<T> {
    if (this.#isSpent || this.#uncheckedBytes > CHECK_BYTES) await this.#restore(database);
    this.#uncheckedBytes += bytes;
    try {
      return await quotaTold(store(), bytes);
    } catch (error) {
      if (codeOf(error) === 'quota') this.#isSpent = true;
      throw error;
    } finally {
      // Beside the work: nobody waits for it, and what it finds is for the next call.
      if (this.#isCheckDue) this.#restore(database).catch(ignore);
    }
  }

  /** Claims or settles by `change`: where there is no room for it, once more in that of the reserve. */
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

  /** Seldom while it is refused: in Chromium each refused transaction takes some of the room itself. */
  async #restore(database: IDBDatabase): Promise<void> {
    if (this.#refusal && !this.#isCheckDue) throw this.#refusal;
    this.#checkedAt = this.#runtime.now();
    this.#uncheckedBytes = 0;
    try {
      const count = await read(database, [STORE], (tx) => tx.objectStore(STORE).count(KEY));
      if (count.result === 0)
        await quotaTold(write(database, [['put', STORE, ballast(), KEY]]), RESERVE_BYTES);
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
 * Firefox says `UnknownError` where the room runs out amid a value that it keeps in a file. That there is less room than
 * was asked for tells such a failure from others; twice that, since sizes are estimated and may be half of what they are.
 */
async function quotaTold<T>(storing: Promise<T>, bytes: number): Promise<T> {
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

/** One for all databases of the context. */
let blob: Blob | undefined;

function ballast(): Blob {
  blob ??= new Blob([new Uint8Array(RESERVE_BYTES)]);
  return blob;
}
