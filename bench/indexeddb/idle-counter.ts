import type { IdleCount } from './idle-page-bench.ts';

/** Counts the transactions and timers of its page from its creation on. */
export class IdleCounter {
  readonly #pending = new Set<unknown>();
  #transactions = { readonly: 0, readwrite: 0, versionchange: 0 };
  #timersSet = 0;
  #timersPending = 0;

  constructor() {
    this.#countTransactions();
    this.#countTimers();
  }

  restart(): void {
    this.#transactions = { readonly: 0, readwrite: 0, versionchange: 0 };
    this.#timersSet = 0;
    this.#timersPending = this.#pending.size;
  }

  read(): IdleCount {
    return {
      transactions: this.#transactions,
      timersSet: this.#timersSet,
      timersPending: this.#timersPending,
    };
  }

  #countTransactions(): void {
    const original = IDBDatabase.prototype.transaction;
    const note = (mode: IDBTransactionMode) => {
      this.#transactions[mode] += 1;
    };
    IDBDatabase.prototype.transaction = function (stores, mode = 'readonly', options) {
      note(mode);
      return original.call(this, stores, mode, options);
    };
  }

  /** An interval stays pending until it is cleared. */
  #countTimers(): void {
    const { setTimeout: once, setInterval: repeat, clearTimeout: clear } = window;
    const noteSet = (timer: number) => {
      this.#pending.add(timer);
      this.#timersSet += 1;
      this.#timersPending = Math.max(this.#timersPending, this.#pending.size);
      return timer;
    };
    const count = {
      setTimeout: (run: () => void, ms?: number) => {
        const timer: number = once(() => {
          this.#pending.delete(timer);
          run();
        }, ms);
        return noteSet(timer);
      },
      setInterval: (run: () => void, ms?: number) => noteSet(repeat(run, ms)),
      clearTimeout: (timer?: number) => {
        this.#pending.delete(timer);
        clear(timer);
      },
    };
    Object.assign(window, { ...count, clearInterval: count.clearTimeout });
  }
}
