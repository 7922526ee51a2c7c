import { channelOfQueue } from '../../core/options/queue-name.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import {
  type ChangeWatch,
  LocalNotifier,
  type Notifier,
  type Subscription,
} from '../../queue/notifier.ts';
import type { Connection, StopListening } from './connection.ts';
import { hintChannel } from './hint-channel.ts';

export interface HintNotifierParts {
  /** Absent: consumers of other processes are not heard, and every wait polls. */
  readonly connection: Connection | undefined;
  readonly runtime: Runtime;
  /** Resolves when the tables are there. Listening before that would only fail. */
  readonly open: () => Promise<void>;
}

/** A channel that the server listens to for this context. */
interface Listening {
  stop?: StopListening | undefined;
}

/** After a failure, `LISTEN` is tried again after a random pause of at most this many milliseconds. Consumers poll meanwhile. */
const RETRY_MS = 5_000;
/** A watcher reads again after so many milliseconds, because claims and settlements of other processes send no notification. */
const WATCH_MS = 2_000;

/**
 * Hints between the consumers of a table. Those of this context wake each other. Those of other processes, sqlspec's among them, send
 * notifications, for which this context listens from the first wait of a channel until the shutdown.
 */
export class HintNotifier implements Notifier {
  readonly #parts: HintNotifierParts;
  readonly #local = new LocalNotifier();
  readonly #listening = new Map<string, Listening>();
  readonly #timers = new Set<Stop>();
  readonly #watchers = new Set<() => void>();
  #isClosed = false;

  constructor(parts: HintNotifierParts) {
    this.#parts = parts;
  }

  notify(channels: Iterable<string>): void {
    this.#local.notify(channels);
  }

  subscribe(queue: string, wake: () => void, pollIntervalMs: number): Subscription {
    // A consumer that does not wait needs no hint.
    if (pollIntervalMs > 0) this.#listen(channelOfQueue(queue));
    return this.#local.subscribe(queue, wake);
  }

  /** The changes of this context, and those that are notified, come at once. */
  watch(channel: string, onChange: () => void): ChangeWatch {
    const { stop } = this.subscribe(channel, onChange, WATCH_MS);
    const watcher = () => onChange();
    let stopTimer: Stop | undefined;
    this.#watchers.add(watcher);
    return {
      next: () => {
        stopTimer?.();
        stopTimer = this.#isClosed ? undefined : this.#parts.runtime.after(WATCH_MS, watcher);
      },
      stop: () => {
        stop();
        stopTimer?.();
        this.#watchers.delete(watcher);
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const onChange of [...this.#watchers]) onChange();
    for (const stop of this.#timers) stop();
    for (const listening of this.#listening.values()) stopListening(listening);
    this.#listening.clear();
  }

  #listen(channel: string): void {
    if (!this.#parts.connection?.listen || this.#listening.has(channel)) return;
    const listening: Listening = {};
    this.#listening.set(channel, listening);
    void this.#open(channel, listening);
  }

  async #open(channel: string, listening: Listening): Promise<void> {
    const { connection, open } = this.#parts;
    try {
      await open();
      const onHint = () => this.#hear(channel);
      listening.stop = await connection?.listen?.(hintChannel(channel), onHint);
      // It may have been given up meanwhile, because the connection was lost.
      if (this.#listening.get(channel) !== listening) return stopListening(listening);
      // An event may have been published between the claim and the listening.
      this.#hear(channel);
    } catch {
      // The consumer that claims gets the error of the server. Hints are not needed.
      this.#retry(channel, listening);
    }
  }

  #retry(channel: string, failed: Listening): void {
    if (this.#isClosed) return;
    const { runtime } = this.#parts;
    const stop = runtime.after(1 + runtime.random() * RETRY_MS, () => {
      this.#timers.delete(stop);
      // Another one may listen by now, and must be stopped at the shutdown.
      if (this.#listening.get(channel) !== failed) return;
      this.#listening.delete(channel);
      // The next wait listens again.
      this.#hear(channel);
    });
    this.#timers.add(stop);
  }

  #hear(channel: string): void {
    if (!this.#isClosed) this.#local.notify([channel]);
  }

  /** The connections were lost. The next wait of each channel listens again. */
  reset(): void {
    for (const listening of this.#listening.values()) stopListening(listening);
    this.#listening.clear();
  }
}

function stopListening({ stop }: Listening): void {
  if (!stop) return;
  try {
    // The program may have ended the client, which ends the listening, too.
    Promise.resolve(stop()).catch(() => undefined);
  } catch {
    // As above.
  }
}
