import { codeOf } from '../../core/reports/errors.ts';
import { partOf } from '../../core/runtime/part-of.ts';
import type { MaybePromise } from '../../queue/event-store.ts';
import type { SqliteConnection } from './connection.ts';
import { retryPauseMs } from './lock-wait.ts';
import { busyError } from './sqlite-errors.ts';

interface PendingCall {
  /** Reads and writes inside the transaction. */
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** How long it has waited for the lock. */
  waitedMs: number;
}

/** The most calls of one commit. A commit blocks the thread for some microseconds for each of them. */
const MAX_CALLS = 1_000;

/**
 * Commits the writes of one turn of the thread together, in their order. A claim that comes meanwhile takes them into its own
 * transaction, so that an acknowledgement and the next claim are one commit. Writes and claims that find the database locked wait
 * together, and with those that come meanwhile, so that they are one commit, too, when the lock is free.
 *
 * States: idle; planned, with pending calls and a flush in the microtask queue; waiting for the lock, with pending calls.
 */
export class TurnWrites {
  readonly #connection: SqliteConnection;
  readonly #busyTimeoutMs: number;
  #pending: PendingCall[] = [];
  #isPlanned = false;

  /** A call that has waited for the lock for `busyTimeoutMs` fails with `busy`. */
  constructor(connection: SqliteConnection, busyTimeoutMs: number) {
    this.#connection = connection;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Resolves with the result of `run` once it is committed. */
  add<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending = { run, resolve: resolve as (result: unknown) => void, reject, waitedMs: 0 };
      this.#pending.push(pending);
      if (this.#isPlanned) return;
      this.#isPlanned = true;
      void this.#flush();
    });
  }

  /** Runs `call`, together with the pending calls if there are some. */
  join<T>(call: () => T): MaybePromise<T> {
    const others = this.#pending.splice(0, MAX_CALLS);
    let both: readonly [results: readonly unknown[], answer: Answer<T>];
    try {
      if (others.length === 0) return call();
      both = this.#connection.write(() => [others.map(({ run }) => run()), answerOf(call)]);
    } catch (error) {
      if (codeOf(error) !== 'busy') {
        for (const { reject } of others) reject(error);
        throw error;
      }
      // Nothing was stored.
      this.#pending.unshift(...others);
      return this.add(() => answerOf(call)).then(resultOf);
    }
    settle(others, both[0]);
    return resultOf(both[1]);
  }

  async #flush(): Promise<void> {
    // Code that runs before the next microtask may add more calls.
    await undefined;
    for (let failures = 0; this.#pending.length > 0; ) {
      const calls = this.#pending.splice(0, MAX_CALLS);
      try {
        settle(
          calls,
          this.#connection.write(() => calls.map(({ run }) => run())),
        );
        failures = 0;
      } catch (error) {
        if (codeOf(error) !== 'busy') for (const { reject } of calls) reject(error);
        else await this.#wait(calls, failures++, error);
      }
    }
    this.#isPlanned = false;
  }

  /** Leaves the calls pending for a while, except those that have waited long enough. Nothing of them was stored. */
  async #wait(calls: readonly PendingCall[], failures: number, error: unknown): Promise<void> {
    const { runtime, maxBlockMs } = this.#connection.parts;
    const pauseMs = retryPauseMs(failures, runtime.random());
    const isOver = (call: PendingCall) => call.waitedMs + maxBlockMs >= this.#busyTimeoutMs;
    const late = calls.filter(isOver);
    for (const { reject } of late) reject(busyError(this.#busyTimeoutMs, partOf(error, 'cause')));
    const others = calls.filter((call) => !isOver(call));
    for (const call of others) call.waitedMs += pauseMs;
    this.#pending.unshift(...others);
    if (this.#pending.length > 0)
      await new Promise<void>((resolve) => runtime.after(pauseMs, resolve));
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

function resultOf<T>(answer: Answer<T>): T {
  if ('error' in answer) throw answer.error;
  return answer.result;
}

function settle(calls: readonly PendingCall[], results: readonly unknown[]): void {
  for (const [index, { resolve }] of calls.entries()) resolve(results[index]);
}
