import type { KeptResult } from '../../core/events/event-result.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../../core/events/message.ts';
import { refuse } from '../../core/options/options.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  LetterStep,
  LetterStepResult,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import { GroupCommit } from '../../queue/group-commit.ts';
import type { InspectionSource } from '../../queue/inspection-source.ts';
import { idOf, textOfId } from '../../queue/written-id.ts';
import { Appender } from './appender.ts';
import { Claimer } from './claimer.ts';
import { type Connection, connectionOf, isClient } from './connection.ts';
import { Database } from './database.ts';
import { DeadLetters, redrivenRow } from './dead-letters.ts';
import { GroupTable } from './group-table.ts';
import { hintChannel } from './hint-channel.ts';
import { Housekeeping } from './housekeeping.ts';
import { keptResults, type ResultRow } from './kept-results.ts';
import { MAX_APPEND_BYTES, makeRoom, weightOfAppend } from './make-room.ts';
import { isUnavailable, mayConcernOne } from './postgres-errors.ts';
import type { CheckedOptions } from './postgres-options.ts';
import { BLOCKED, CANCEL, RELEASE, RETRY_NOW, STATS } from './queue-sql.ts';
import { READ_RESULTS } from './result-sql.ts';
import { Settler } from './settler.ts';
import { StoreClock } from './store-clock.ts';
import { writtenRequest } from './written-change.ts';

export interface PostgresStoreParts extends Omit<CheckedOptions, 'sql'> {
  readonly connection: Connection;
  /** Wakes the consumers of a channel in this process. */
  readonly wake: (channel: string) => void;
  /** Called when the server could not be reached. */
  readonly onLost: () => void;
}

const MAX_SETTLEMENTS = 1_000;

/** Keeps events in sqlspec's table. Publishes and settlements that come together are one statement each. */
export class PostgresStore implements EventStore {
  readonly database: Database;
  readonly dead: DeadLetters;
  readonly groups: GroupTable;
  /** What `ackline/inspection` reads. */
  source?: InspectionSource;
  readonly #runtime: Runtime;
  readonly #clock: StoreClock;
  readonly #appender: Appender;
  readonly #claimer: Claimer;
  readonly #settler: Settler;
  readonly #housekeeping: Housekeeping;
  readonly #appends: GroupCommit<readonly NewEvent[], undefined>;
  readonly #settlements: GroupCommit<SettleRequest, Settlement>;
  readonly #onLost: () => void;
  readonly #wake: (channel: string) => void;
  readonly #observers = new Set<(event: ObserverEvent) => void>();

  constructor(parts: PostgresStoreParts) {
    const { runtime, notify, wake, retentionMs } = parts;
    const database = new Database(parts);
    const report = (event: ObserverEvent) => this.#report(event);
    this.database = database;
    this.#runtime = runtime;
    this.#onLost = parts.onLost;
    this.#wake = wake;
    this.#clock = new StoreClock(runtime, database);
    this.dead = new DeadLetters(database, parts.maxDeadLetters);
    this.#housekeeping = new Housekeeping({
      database,
      runtime,
      retentionMs,
      dead: this.dead,
      report,
    });
    this.groups = new GroupTable({ database, notify, report });
    this.#appender = new Appender({
      ...{ database, notify, report, randomId: () => runtime.randomId() },
    });
    this.#settler = new Settler({
      ...{ database, clock: this.#clock, report, wake, keepsAcknowledged: retentionMs > 0 },
      onLeft: (channel, kind) => this.#housekeeping.note(channel, kind),
    });
    this.#claimer = new Claimer({ database, clock: this.#clock, settler: this.#settler, report });
    this.#appends = new GroupCommit((appends) => this.#commit(appends), {
      weightOf: weightOfAppend,
      maxWeight: MAX_APPEND_BYTES,
      mayConcernOne,
    });
    this.#settlements = new GroupCommit((requests) => this.#settle(requests), {
      maxWeight: MAX_SETTLEMENTS,
    });
  }

  /** The time of the clock, in epoch milliseconds. */
  now(): number {
    return this.#runtime.now();
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    const given = events[0]?.sql;
    if (events.some(({ sql }) => sql !== given))
      throw new TypeError('the events of one batch must all have the same sql, or none');
    if (given === undefined) return this.#appends.add(events);
    if (!isClient(given))
      refuse('sql', 'the client of a transaction of postgres, pg or PGlite', given);
    // The clock of the tables is not moved inside a transaction of the program.
    if (events.some(({ whenFull }) => whenFull === 'drop-oldest'))
      refuse('whenFull', "'reject' for an event with sql", 'drop-oldest');
    await this.#appender.append(events, this.#runtime.now(), connectionOf(given, false));
  }

  claim(request: ClaimRequest): Promise<Claim> {
    const { channel } = request;
    const acks = this.#claimer.takesAcks(channel)
      ? this.#settlements.take((one) => this.#settler.isPlainAck(one))
      : [];
    const claimed = this.#claimer.claim(request, acks);
    // An acknowledgement that was answered before stays answered.
    claimed.catch((error: unknown) => {
      for (const { reject } of acks) reject(error);
    });
    return this.#noting(claimed);
  }

  settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return Promise.all(
      requests.map(async (request) => this.#settlements.add(writtenRequest(request))),
    );
  }

  async stats(channel: string): Promise<ChannelStats> {
    await this.groups.requireQueue(channel);
    return this.query(STATS, channel);
  }

  async retryNow(channel: string, reason?: 'offline'): Promise<number> {
    await this.groups.requireQueue(channel);
    return this.query(RETRY_NOW, channel, reason ?? '');
  }

  async deadLetters(channel: string, limit: number, after?: number): Promise<DeadLetter[]> {
    await this.groups.requireQueue(channel);
    return this.#noting(this.dead.page(channel, limit, after));
  }

  async moveLetters(step: LetterStep): Promise<LetterStepResult> {
    const { channel, verb } = step;
    await this.groups.requireQueue(channel);
    const { rows, result } = await this.#noting(this.dead.select(step));
    if (rows.length === 0) return { ...result, taken: [] };
    const move = async () => {
      if (verb === 'purge') return this.dead.purge(rows);
      const now = await this.#clock.now();
      const events = rows.map((row) => redrivenRow(channel, row, now, this.#runtime.randomId()));
      const stored = await this.#appender.write(events, now);
      this.dead.forgetCounts();
      return rows.filter((_, n) => stored.has(n)).map(({ eventId }) => idOf(eventId));
    };
    const taken = await this.#noting(move());
    const type = verb === 'redrive' ? 'redriven' : 'purged';
    if (taken.length > 0) this.#report({ type, channel, count: taken.length });
    return { ...result, taken };
  }

  async cancel(channel: string, eventId: string): Promise<Settlement> {
    await this.groups.requireQueue(channel);
    let answer: Settlement | 'changed';
    // The next statement sees what the other transaction has done.
    do answer = await this.query(CANCEL, channel, textOfId(eventId), hintChannel(channel));
    while (answer === 'changed');
    if (answer === 'ok') {
      this.#report({ type: 'cancelled', channel, eventId });
      this.#wake(channel);
    }
    return answer;
  }

  async results(channel: string, eventIds: readonly string[]): Promise<(KeptResult | undefined)[]> {
    await this.groups.requireQueue(channel);
    const ids = JSON.stringify(eventIds.map(textOfId));
    return keptResults(eventIds, await this.query<ResultRow[]>(READ_RESULTS, channel, ids));
  }

  async blockedKeys(channel: string): Promise<string[]> {
    await this.groups.requireQueue(channel);
    return (await this.query<string[]>(BLOCKED, channel)).map(idOf);
  }

  async releaseKey(channel: string, key: string): Promise<boolean> {
    await this.groups.requireQueue(channel);
    return this.query(RELEASE, channel, textOfId(key));
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => this.#observers.delete(report);
  }

  async close(): Promise<void> {
    // The client belongs to the program.
    await this.#housekeeping.close();
    this.database.close();
  }

  /** Runs a statement about a channel, with the present time as its second value. */
  async query<Answer>(
    sql: string,
    channel: string,
    ...values: readonly (string | number)[]
  ): Promise<Answer> {
    const now = await this.#clock.now();
    return this.#noting(this.database.run<Answer>(sql, [channel, now, ...values]));
  }

  async #commit(appends: readonly (readonly NewEvent[])[]): Promise<undefined[]> {
    const events = appends.flat();
    const append = async () => this.#appender.append(events, await this.#clock.now());
    await this.#noting(makeRoom(this, events, append));
    const named = events.find(({ dedupe }) => dedupe);
    if (named) this.#housekeeping.noteIds(named.channel);
    return appends.map(() => undefined);
  }

  #settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return this.#noting(this.#settler.settle(requests));
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isUnavailable(error)) this.#onLost();
      throw error;
    }
  }

  #report(event: ObserverEvent): void {
    for (const observer of this.#observers) observer(event);
  }
}
