import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import type { ChangeWatch, Notifier, Subscription } from '../../queue/notifier.ts';
import type { SqliteConnection } from './connection.ts';
import { type DatabaseHub, enterHub } from './database-hub.ts';

export interface HintNotifierParts {
  readonly connection: SqliteConnection;
  readonly runtime: Runtime;
  /** Time between two reads of the database's version while a consumer waits, in milliseconds. */
  readonly hintIntervalMs: number;
}

/**
 * Hints between the consumers of a database. Those of one thread wake each other. Commits of other threads and processes show in
 * `data_version`, a number that SQLite keeps without a read of the file: it is compared every `hintIntervalMs` while a consumer
 * or a watcher waits, and not otherwise. {@link https://sqlite.org/pragma.html#pragma_data_version}
 */
export class HintNotifier implements Notifier {
  readonly #parts: HintNotifierParts;
  #entered: ReturnType<typeof enterHub> | undefined;
  /** How many consumers and watchers wait. */
  #waiting = 0;
  #stopTimer: Stop | undefined;
  #version: number | undefined;

  constructor(parts: HintNotifierParts) {
    this.#parts = parts;
    parts.connection.onCommit = () => this.#hub.noteChange();
  }

  get #hub(): DatabaseHub {
    this.#entered ??= enterHub(this.#parts.connection);
    return this.#entered.hub;
  }

  notify(channels: Iterable<string>): void {
    try {
      this.#hub.notifier.notify(channels);
    } catch {
      // The program has closed the handle, and every call that needs it fails.
    }
  }

  subscribe(channel: string, wake: () => void): Subscription {
    const { notifier, waiters } = this.#hub;
    const subscription = notifier.subscribe(channel, wake);
    waiters.add(wake);
    const rest = this.#wait();
    return {
      stop: () => {
        subscription.stop();
        waiters.delete(wake);
        rest();
      },
    };
  }

  watch(_channel: string, onChange: () => void): ChangeWatch {
    const { watchers } = this.#hub;
    const watcher = () => onChange();
    watchers.add(watcher);
    const rest = this.#wait();
    return {
      next: () => undefined,
      stop: () => {
        watchers.delete(watcher);
        rest();
      },
    };
  }

  close(): void {
    this.#stopPolls();
    const entered = this.#entered;
    if (!entered) return;
    entered.hub.noteChange();
    entered.leave();
  }

  /** Polls until the returned function is called. */
  #wait(): Stop {
    this.#waiting += 1;
    if (this.#waiting === 1) {
      this.#version = this.#readVersion();
      this.#poll();
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#stopPolls();
    };
  }

  #poll(): void {
    const { runtime, hintIntervalMs } = this.#parts;
    this.#stopTimer = runtime.after(hintIntervalMs, () => {
      const version = this.#readVersion();
      const hasChanged = version !== this.#version;
      this.#version = version;
      this.#poll();
      if (hasChanged) this.#hub.noteForeignChange();
    });
  }

  #stopPolls(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #readVersion(): number | undefined {
    const { connection } = this.#parts;
    try {
      return connection.get<{ data_version: number }>('PRAGMA data_version')?.data_version;
    } catch {
      // A consumer that claims gets the error.
      return undefined;
    }
  }
}
