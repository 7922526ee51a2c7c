import type { KeptResult } from '../../core/events/event-result.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../../core/events/message.ts';
import { codeOf } from '../../core/reports/errors.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import { partOf } from '../../core/runtime/part-of.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  GroupStore,
  LetterStep,
  LetterStepResult,
  MaybePromise,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import type { InspectionSource } from '../../queue/inspection-source.ts';
import { writtenEvent } from './event-rows.ts';
import { retryPauseMs } from './lock-wait.ts';
import { writtenRequest } from './results.ts';
import { busyError } from './sqlite-errors.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { TurnWrites } from './turn-writes.ts';

/**
 * The store of an asynchronous backend. A call that finds the database locked is tried again later, and does not block the
 * thread meanwhile. Publishes and settlements of one turn of the thread are committed together, and with the next claim.
 */
export class AsyncStore implements EventStore {
  readonly groups: GroupStore;
  readonly source: InspectionSource;
  readonly #store: SqliteStore;
  readonly #runtime: Runtime;
  readonly #busyTimeoutMs: number;
  readonly #writes: TurnWrites;

  constructor(store: SqliteStore, source: InspectionSource, busyTimeoutMs: number) {
    this.#store = store;
    this.source = source;
    this.#runtime = store.runtime;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#writes = new TurnWrites(store.connection, busyTimeoutMs);
    this.groups = {
      create: (...given) => this.#whenFree(() => store.groups.create(...given)),
      delete: (...given) => this.#whenFree(() => store.groups.delete(...given)),
      list: (channel) => this.#whenFree(() => store.groups.list(channel)),
    };
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    const written = events.map(writtenEvent);
    const [error] = await this.#writes.add(() => this.#store.appendAll([written]));
    if (error !== undefined) throw error;
  }

  claim(request: ClaimRequest): MaybePromise<Claim> {
    return this.#writes.join(() => this.#store.claim(request));
  }

  settle(requests: readonly SettleRequest[]): MaybePromise<Settlement[]> {
    if (requests.length === 0) return [];
    const written = requests.map(writtenRequest);
    return this.#writes.add(() => this.#store.settleWritten(written));
  }

  stats(channel: string): MaybePromise<ChannelStats> {
    return this.#whenFree(() => this.#store.stats(channel));
  }

  retryNow(channel: string, reason?: 'offline'): MaybePromise<number> {
    return this.#whenFree(() => this.#store.retryNow(channel, reason));
  }

  deadLetters(channel: string, limit: number, after?: number): MaybePromise<DeadLetter[]> {
    return this.#whenFree(() => this.#store.deadLetters(channel, limit, after));
  }

  moveLetters(step: LetterStep): MaybePromise<LetterStepResult> {
    return this.#whenFree(() => this.#store.moveLetters(step));
  }

  cancel(channel: string, eventId: string): MaybePromise<Settlement> {
    return this.#whenFree(() => this.#store.cancel(channel, eventId));
  }

  results(channel: string, eventIds: readonly string[]): MaybePromise<(KeptResult | undefined)[]> {
    return this.#whenFree(() => this.#store.results(channel, eventIds));
  }

  blockedKeys(channel: string): MaybePromise<string[]> {
    return this.#whenFree(() => this.#store.blockedKeys(channel));
  }

  releaseKey(channel: string, key: string): MaybePromise<boolean> {
    return this.#whenFree(() => this.#store.releaseKey(channel, key));
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    return this.#store.observe(report);
  }

  close(): void {
    this.#store.close();
  }

  #whenFree<T>(call: () => T): MaybePromise<T> {
    try {
      return call();
    } catch (error) {
      if (codeOf(error) !== 'busy') throw error;
      return this.#tryAgain(call, error);
    }
  }

  /** Nothing was stored by a call that found the database locked, so that it may be repeated. */
  async #tryAgain<T>(call: () => T, first: unknown): Promise<T> {
    let last = first;
    let waitedMs = this.#store.connection.parts.maxBlockMs;
    for (let failures = 0; waitedMs < this.#busyTimeoutMs; failures += 1) {
      const ms = retryPauseMs(failures, this.#runtime.random());
      await new Promise<void>((resolve) => this.#runtime.after(ms, resolve));
      waitedMs += ms;
      try {
        return call();
      } catch (caught) {
        if (codeOf(caught) !== 'busy') throw caught;
        last = caught;
      }
    }
    throw busyError(this.#busyTimeoutMs, partOf(last, 'cause'));
  }
}
