import type { HistoryOutcome, HistoryRecord } from '../../../src/testing/history/history-record.ts';
import { BLOCKED_MS } from '../campaign-result.ts';
import {
  type BegunCall,
  type ChaosCommand,
  type ChaosEntry,
  type ChaosSettings,
  type ContextKind,
  contextName,
} from './chaos-messages.ts';
import { PlatformClock } from './platform-clock.ts';
import { pause, sendBatch } from './send-batch.ts';

type Begun = Omit<BegunCall, 'context' | 'invoked'>;
type Whole = Omit<HistoryRecord, 'context' | 'time' | 'outcome' | 'invoked'>;

/**
 * Between two requests of a context. Each request costs the driver of the browser some milliseconds, because it takes part in every
 * request, so that few large ones leave the processor to the library.
 */
const COLLECT_MS = 40;

/** Reports the calls of one context to the runner. It runs in the browser. */
export class CallReporter {
  readonly base: string;
  readonly #tab: string;
  readonly #kind: ContextKind;
  readonly #address: string;
  readonly #origins: number[];
  readonly #platform: PlatformClock;
  #entries: ChaosEntry[] = [];
  #sending: Promise<void> = Promise.resolve();
  #numbers = { call: 0, batch: 0 };
  #longestMs = 0;
  #strayAnswers = 0;
  /** When the last request began, in epoch milliseconds. */
  #sentAt = 0;
  #mode: ChaosCommand['mode'] = 'work';

  constructor({ tab, kind, reports }: ChaosSettings, origin: number) {
    this.#tab = tab;
    this.#kind = kind;
    this.#address = reports;
    this.#origins = [origin];
    const chance = Math.random().toString(36).slice(2, 8);
    this.base = `${tab}/${kind}/${origin.toString(36)}${chance}`;
    this.#platform = new PlatformClock(this.base);
  }

  /** The name of the context in records. */
  get context(): string {
    return contextName(this.base, this.#origins.length - 1);
  }

  /** The last command of the runner. */
  get mode(): ChaosCommand['mode'] {
    return this.#mode;
  }

  /** Begins a new incarnation, because other contexts may take over the leases of this one from now on. */
  renew(): void {
    this.#origins.push(Date.now());
  }

  /** Resolves when the runner has the entries. */
  report(...entries: readonly ChaosEntry[]): Promise<void> {
    this.#entries.push(...entries);
    // One request at a time takes all entries, so that none waits behind more than one other request.
    this.#sending = this.#sending.then(() => this.#sendCollected());
    return this.#sending;
  }

  /** Asks the runner for its command, although there is nothing to report. */
  sync(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send(true));
    return this.#sending;
  }

  /** Records what takes no time. It is sent with the next call. */
  note(record: Whole): void {
    const now = Date.now();
    const { context } = this;
    const times = { context, invoked: now, time: now, outcome: 'ok' } as const;
    this.#entries.push({ type: 'whole', record: { ...record, ...times } });
  }

  /** Makes a call after the runner knows of it, and reports how it ended. Rejects as the call does. */
  async call<T>(
    begun: readonly Begun[],
    context: string,
    run: () => Promise<T>,
    outcomeOf: (answer: T) => HistoryOutcome,
  ): Promise<T> {
    const calls = begun.map((record) => {
      this.#numbers.call += 1;
      const call = this.#numbers.call;
      return { type: 'begin' as const, call, record: { ...record, context, invoked: Date.now() } };
    });
    await this.report(...calls);
    const end = (outcome: HistoryOutcome) => {
      const time = Date.now();
      void this.report(...calls.map(({ call }) => ({ type: 'end' as const, call, outcome, time })));
    };
    try {
      const answer = await this.measure(begun[0]?.operation ?? '', run);
      end(outcomeOf(answer));
      return answer;
    } catch (error) {
      end(outcomeOfError(error));
      throw error;
    }
  }

  /** Makes a call and reports it if it took long. */
  async measure<T>(operation: string, run: () => Promise<T>): Promise<T> {
    const { context } = this;
    const [from, stalledBefore] = [Date.now(), this.#platform.stalledMs];
    try {
      return await run();
    } finally {
      const to = Date.now();
      const ms = to - from - (this.#platform.stalledMs - stalledBefore);
      this.#longestMs = Math.max(this.#longestMs, ms);
      if (ms > BLOCKED_MS)
        void this.report({ type: 'slow', slow: { context, operation, from, to, ms } });
    }
  }

  async #sendCollected(): Promise<void> {
    // What was sent with an earlier request has nothing to wait for.
    if (this.#entries.length === 0) return;
    await pause(Math.max(0, this.#sentAt + COLLECT_MS - Date.now()));
    await this.#send();
  }

  async #send(isForced = false): Promise<void> {
    if (this.#entries.length === 0 && !isForced) return;
    const entries = this.#entries.splice(0);
    this.#sentAt = Date.now();
    this.#numbers.batch += 1;
    const { base } = this;
    const about = { base, tab: this.#tab, kind: this.#kind, number: this.#numbers.batch };
    const batch = () => ({
      ...{ ...about, origins: this.#origins, at: Date.now(), longestMs: this.#longestMs },
      ...{ strayAnswers: this.#strayAnswers, entries },
    });
    const onStray = () => {
      this.#strayAnswers += 1;
    };
    this.#mode = await sendBatch(this.#address, batch, onStray);
  }
}

/** A call that was refused for want of space, or because its channel was shut down, has had no effect. */
function outcomeOfError(error: unknown): HistoryOutcome {
  const { code } = Object(error) as { code?: unknown };
  return code === 'quota' || code === 'closed' ? 'failed' : 'unknown';
}
