import { codeOf } from '../../core/errors.ts';
import type { MaybePromise } from '../../queue/event-store.ts';
import type { SqliteConnection } from './connection.ts';

interface PendingWrite {
  /** Reads and writes inside the transaction. */
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The most writes of one commit. A commit blocks the thread for some microseconds for each of them. */
const MAX_WRITES = 1_000;

/**
 * Commits the writes of one turn of the thread together, in their order. A claim that comes meanwhile takes them into its own
 * transaction, so that an acknowledgement and the next claim are one commit.
 *
 * States: idle; planned, with pending writes and a flush in the microtask queue; committing, while a commit waits for the lock.
 * Writes that are added meanwhile form the next commit.
 */
export class TurnWrites {
  readonly #connection: SqliteConnection;
  readonly #whenFree: <T>(call: () => T) => MaybePromise<T>;
  #pending: PendingWrite[] = [];
  #isPlanned = false;

  /** `whenFree` repeats a call that finds the database locked. */
  constructor(connection: SqliteConnection, whenFree: <T>(call: () => T) => MaybePromise<T>) {
    this.#connection = connection;
    this.#whenFree = whenFree;
  }

  /** Resolves with the result of `run` once it is committed. */
  add<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ run, resolve: resolve as (result: unknown) => void, reject });
      if (this.#isPlanned) return;
      this.#isPlanned = true;
      void this.#flush();
    });
  }

  /** Runs `call`, together with the pending writes if there are some. */
  join<T>(call: () => T): MaybePromise<T> {
    const writes = this.#pending.splice(0, MAX_WRITES);
    if (writes.length === 0) return this.#whenFree(call);
    let both: readonly [results: readonly unknown[], answer: Answer<T>];
    try {
      both = this.#connection.write(() => [writes.map(({ run }) => run()), answerOf(call)]);
    } catch (error) {
      if (codeOf(error) !== 'busy') {
        for (const { reject } of writes) reject(error);
        throw error;
      }
      // Nothing was stored. The planned flush commits them when the lock is free.
      this.#pending.unshift(...writes);
      return this.#whenFree(call);
    }
    const [results, answer] = both;
    settle(writes, results);
    if ('error' in answer) throw answer.error;
    return answer.result;
  }

  async #flush(): Promise<void> {
    // Code that runs before the next microtask may add more writes.
    await undefined;
    while (this.#pending.length > 0) {
      const writes = this.#pending.splice(0, MAX_WRITES);
      try {
        const commit = () => this.#connection.write(() => writes.map(({ run }) => run()));
        settle(writes, await this.#whenFree(commit));
      } catch (error) {
        for (const { reject } of writes) reject(error);
      }
    }
    this.#isPlanned = false;
  }
}

type Answer<T> = { readonly result: T } | { readonly error: unknown };

/** The refusal of a claim by a queue that has ended concerns no write beside it. */
function answerOf<T>(call: () => T): Answer<T> {
  try {
    return { result: call() };
  } catch (error) {
    if (codeOf(error) !== 'no-group') throw error;
    return { error };
  }
}

function settle(writes: readonly PendingWrite[], results: readonly unknown[]): void {
  for (const [index, { resolve }] of writes.entries()) resolve(results[index]);
}
