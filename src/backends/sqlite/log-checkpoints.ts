/** Commits of a connection from one checkpoint to the next. */
const COMMITS = 400;
/** In pages of mostly 4 KiB. SQLite begins a checkpoint of its own at a log of this size. */
const MOST_PAGES = 10_000;

/** The part of a connection that checkpoints use. */
interface Queries {
  get<Row>(sql: string): Row | undefined;
}

/**
 * Keeps the write-ahead log small. SQLite's own checkpoint after a commit writes what no transaction needs to the database, but
 * the log begins anew only if it has met no transaction of another process. Among processes that write without a pause it always
 * meets one: the log grew to half a gigabyte, and each commit tried again. A checkpoint that asks for the write lock in between
 * mostly gets it.
 */
export class LogCheckpoints {
  readonly #connection: Queries;
  #commits = 0;

  constructor(connection: Queries) {
    this.#connection = connection;
  }

  /** To be called when the handle is opened. */
  begin(): void {
    this.#connection.get(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`);
  }

  /** To be called after each commit. */
  noteCommit(): void {
    this.#commits += 1;
    if (this.#commits < COMMITS) return;
    this.#commits = 0;
    try {
      this.#connection.get('PRAGMA wal_checkpoint(RESTART)');
    } catch {
      // The events are in the log, which another checkpoint will write.
    }
  }
}
