import type { KeptResult } from '../../core/events/event-result.ts';
import type {
  ChannelStats,
  DeadLetter,
  Durability,
  Settlement,
} from '../../core/events/message.ts';
import { codeOf } from '../../core/reports/errors.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import { checkBacklogs } from '../../queue/backlog-limits.ts';
import type {
  Claim,
  ClaimRequest,
  LetterStep,
  LetterStepResult,
  NewEvent,
  SettleRequest,
  SyncEventStore,
} from '../../queue/event-store.ts';
import type { InspectionSource } from '../../queue/inspection-source.ts';
import { idOf, textOfId } from '../../queue/written-id.ts';
import { Appender } from './appender.ts';
import { Claimer } from './claimer.ts';
import { SqliteConnection } from './connection.ts';
import { DeadLetters, redrivenRow } from './dead-letters.ts';
import { Dependents } from './dependents.ts';
import { takeEvent, type WrittenEvent, writtenEvent } from './event-rows.ts';
import { GroupTable } from './group-table.ts';
import { KeyLines } from './key-lines.ts';
import { LEASED, removePlace } from './places.ts';
import { Results, writtenRequest } from './results.ts';
import { SeenEvents } from './seen-events.ts';
import { Settler, type SettlerParts } from './settler.ts';
import type { SqliteDatabase } from './sqlite-handle.ts';
import { StoreClock } from './store-clock.ts';
import { waitingCounts } from './waiting-counts.ts';

export interface SqliteStoreParts {
  readonly database: SqliteDatabase;
  readonly tablePrefix: string;
  readonly durability: Durability;
  readonly runtime: Runtime;
  readonly maxDeadLetters: number;
  /** How long a call blocks its thread for a lock, in milliseconds. */
  readonly maxBlockMs: number;
  /** Wakes the consumers of a queue in this thread. */
  readonly wake: (queue: string) => void;
}

/** Keeps events in a SQLite database that several processes share. Every call is one transaction. */
export class SqliteStore implements SyncEventStore {
  readonly runtime: Runtime;
  readonly connection: SqliteConnection;
  readonly groups: GroupTable;
  /** What `ackline/inspection` reads. Only set where this store is the store of a backend. */
  source?: InspectionSource;
  readonly #clock: StoreClock;
  readonly #lines: KeyLines;
  readonly dead: DeadLetters;
  readonly kept: Results;
  readonly #settler: Settler;
  readonly #claimer: Claimer;
  readonly #seen: SeenEvents;
  readonly #appender: Appender;
  readonly #observers = new Set<(event: ObserverEvent) => void>();

  constructor({ maxDeadLetters, wake, ...parts }: SqliteStoreParts) {
    this.runtime = parts.runtime;
    const connection = new SqliteConnection(parts);
    const report = (event: ObserverEvent) => this.#report(event);
    this.connection = connection;
    this.#clock = new StoreClock(connection);
    this.#seen = new SeenEvents(connection);
    this.#lines = new KeyLines(connection, wake);
    this.dead = new DeadLetters(connection, maxDeadLetters);
    this.groups = new GroupTable({ connection, report });
    const dependents = new Dependents(connection, wake);
    this.kept = new Results(connection, dependents);
    const settlerParts: SettlerParts = {
      ...{ connection, report, lines: this.#lines, dead: this.dead, results: this.kept },
    };
    this.#settler = new Settler(settlerParts);
    this.#claimer = new Claimer({
      ...settlerParts,
      ...{ clock: this.#clock, settler: this.#settler, owner: parts.runtime.randomId() },
    });
    this.#appender = new Appender({ ...settlerParts, groups: this.groups, dependents });
  }

  append(events: readonly NewEvent[]): void {
    const [error] = this.appendAll([events.map(writtenEvent)]);
    if (error !== undefined) throw error;
  }

  /** Stores several appends in one transaction. An append that is refused stores nothing, and has its error in the result. */
  appendAll(appends: readonly (readonly WrittenEvent[])[]): unknown[] {
    const now = this.#clock.now();
    return this.connection.write(() => appends.map((events) => this.#appendOne(events, now)));
  }

  claim(request: ClaimRequest): Claim {
    const { channel } = request;
    this.groups.requireQueue(channel);
    const claim = this.#claimer.claim(request);
    const isIdle = claim.messages.length === 0 && claim.nextDueAt === null;
    if (isIdle && !this.#lines.holds(channel)) this.groups.requireMore(channel);
    return claim;
  }

  settle(requests: readonly SettleRequest[]): Settlement[] {
    return this.settleWritten(requests.map(writtenRequest));
  }

  /** {@link settle}. The reply of a command is a text, see {@link writtenRequest}. */
  settleWritten(requests: readonly SettleRequest[]): Settlement[] {
    if (requests.length === 0) return [];
    const now = this.#clock.now();
    return this.connection.write(() =>
      requests.map((request) => this.#settler.settle(request, now)),
    );
  }

  stats(channel: string): ChannelStats {
    this.groups.requireQueue(channel);
    const now = this.#clock.now();
    return this.connection.read(() => {
      const dead = this.dead.count(channel);
      return { ...waitingCounts(this.connection, channel, now), dead };
    });
  }

  retryNow(channel: string, reason?: 'offline'): number {
    this.groups.requireQueue(channel);
    const now = this.#clock.now();
    return this.connection.write(() => this.#claimer.retryNow(channel, now, reason));
  }

  deadLetters(channel: string, limit: number, after?: number): DeadLetter[] {
    this.groups.requireQueue(channel);
    return this.connection.read(() => this.dead.page(channel, limit, after));
  }

  moveLetters(step: LetterStep): LetterStepResult {
    const { channel, verb } = step;
    this.groups.requireQueue(channel);
    const { rows, result } = this.dead.select(step);
    const now = this.#clock.now();
    const taken = this.connection.write(() => {
      const removed = rows.filter(({ number }) => this.dead.remove(number));
      this.dead.forgetCounts();
      if (verb === 'redrive')
        this.#appender.restore(
          channel,
          removed.map((row) => redrivenRow(channel, row, now)),
          now,
        );
      const count = removed.length;
      const type = verb === 'redrive' ? 'redriven' : 'purged';
      if (count > 0) this.#report({ type, channel, count });
      return removed.map(({ eventId }) => idOf(eventId));
    });
    return { ...result, taken };
  }

  cancel(channel: string, eventId: string): Settlement {
    this.groups.requireQueue(channel);
    const id = textOfId(eventId);
    const now = this.#clock.now();
    const { connection } = this;
    return connection.write(() => {
      const found = this.#seen.find(channel, id);
      if (!found) return 'gone';
      const { seq, key } = 'held' in found ? { ...found.held, key: null } : found.placed;
      if ('held' in found) this.#lines.removeHeld(channel, found.held);
      else if (found.placed.place === LEASED) return 'stale';
      else removePlace(connection, channel, found.placed);
      this.kept.cancel(channel, { eventId: id, key, ...takeEvent(connection, seq) }, now);
      if (key !== null) this.#lines.goOn(channel, key);
      this.#report({ type: 'cancelled', channel, eventId });
      return 'ok';
    });
  }

  results(channel: string, eventIds: readonly string[]): (KeptResult | undefined)[] {
    this.groups.requireQueue(channel);
    const now = this.#clock.now();
    return this.connection.read(() => this.kept.read(channel, eventIds, now));
  }

  blockedKeys(channel: string): string[] {
    this.groups.requireQueue(channel);
    return this.connection.read(() => this.#lines.blocked(channel));
  }

  releaseKey(channel: string, key: string): boolean {
    this.groups.requireQueue(channel);
    return this.connection.write(() => this.#lines.release(channel, key));
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => this.#observers.delete(report);
  }

  close(): void {
    // The handle belongs to the user, and the garbage collector frees the statements.
  }

  #appendOne(events: readonly WrittenEvent[], now: number): unknown {
    const limited = events.some(({ event }) => event.maxBacklog !== undefined);
    const append = () => this.#appender.append(events, now);
    if (!limited) return append();
    try {
      this.connection.attempt(() => {
        checkBacklogs(
          events.map(({ event }) => event),
          this,
        );
        append();
      });
      return undefined;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return error;
    }
  }

  #report(event: ObserverEvent): void {
    this.connection.afterCommit(() => {
      for (const observer of this.#observers) observer(event);
    });
  }
}
