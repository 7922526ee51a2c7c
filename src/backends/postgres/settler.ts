import { checkFencingToken } from '../../core/events/fencing-token.ts';
import { type Death, settle } from '../../core/events/lifecycle.ts';
import type { Settlement } from '../../core/events/message.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { KnownRequest, SettleRequest } from '../../queue/event-store.ts';
import { textOfId } from '../../queue/written-id.ts';
import type { Database } from './database.ts';
import { ACK_DELETED, ACK_KEPT, type AckSql, CHANGE, FIND } from './settle-sql.ts';
import type { StoreClock } from './store-clock.ts';
import { eventIdOf, type LeasedAt, leasedOf, type StateRow } from './stored-event.ts';
import { type Change, givenAcks, hasResult, writtenChange } from './written-change.ts';

interface ChangeAnswer {
  /** The numbers of the events that were changed. */
  readonly done: readonly number[] | null;
  /** Of the others, those that are still in the queue. */
  readonly left: readonly number[] | null;
}

export interface SettlerParts {
  readonly database: Database;
  readonly clock: StoreClock;
  readonly keepsAcknowledged: boolean;
  readonly report: (event: ObserverEvent) => void;
  /** Wakes the consumers of this process. */
  readonly wake: (channel: string) => void;
  /** Called with the channels of dead letters and of acknowledged events that were kept. */
  readonly onLeft: (channel: string, kind: 'dead' | 'acked') => void;
}

/** Ends leases. A lease is the number of attempts in the row: a settlement whose number is not in the row changes nothing. */
export class Settler {
  readonly #parts: SettlerParts;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  async settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    const now = await this.#parts.clock.now();
    const places = await this.#placesOf(requests);
    const answers: Settlement[] = [];
    const changes: (Change & { readonly n: number })[] = [];
    for (const [n, request] of requests.entries()) {
      const place = places[n];
      const held = place && (place.row.status === 'pending' ? ('waiting' as const) : place.leased);
      const settlement = checkFencingToken(held, request.lease);
      answers[n] = settlement;
      if (settlement === 'ok' && place)
        changes.push({
          n,
          ...{
            row: place.row,
            lease: request.lease,
            outcome: settle(place.leased, request.command, now),
          },
        });
    }
    const settled = await this.#apply(changes, now);
    for (const [index, { n }] of changes.entries()) answers[n] = settled[index] as Settlement;
    return answers;
  }

  /** Makes dead letters of events that are not leased, or whose leases have expired. Events that have changed since they were read stay. */
  async bury(deaths: readonly { readonly row: StateRow; readonly death: Death }[]): Promise<void> {
    const now = await this.#parts.clock.now();
    const changes = deaths.map(({ row, death }) => ({ row, lease: row.attempts, outcome: death }));
    await this.#change(changes, now);
  }

  /** The place of each request. A request of another backend is looked for. */
  async #placesOf(requests: readonly SettleRequest[]): Promise<(LeasedAt | undefined)[]> {
    const places = requests.map((request) =>
      'place' in request ? (request.place as LeasedAt) : undefined,
    );
    const given = requests.flatMap(({ eventId, channel = null }, n) =>
      places[n] ? [] : [{ n, id: textOfId(eventId), channel }],
    );
    if (given.length === 0) return places;
    const found = await this.#parts.database.run<(StateRow & { n: number })[]>(FIND, [
      JSON.stringify(given),
    ]);
    for (const { n, ...row } of found) {
      const isNewest = row.status !== 'pending' && row.attempts === requests[n]?.lease;
      if (!places[n] || isNewest) places[n] = { row, leased: leasedOf(row, 0) };
    }
    return places;
  }

  async #apply(changes: readonly Change[], now: number): Promise<Settlement[]> {
    const answers: Settlement[] = [];
    const isAck = ({ outcome }: Change) => outcome.state === 'acknowledged';
    for (const group of [changes.filter(isAck), changes.filter((change) => !isAck(change))]) {
      if (group.length === 0) continue;
      const settled = await (isAck(group[0] as Change)
        ? this.#acknowledge(group, now)
        : this.#change(group, now));
      for (const [index, change] of group.entries())
        answers[changes.indexOf(change)] = settled[index] as Settlement;
    }
    return answers;
  }

  /** Whether a claim may take the request along: it acknowledges a delivered event without details. */
  isPlainAck(request: SettleRequest): boolean {
    if (request.command.verb !== 'ack' || !('place' in request)) return false;
    const { row, leased } = request.place as LeasedAt;
    return row.details === null && row.status === 'leased' && leased.lease === request.lease;
  }

  /** Acknowledges with a claim, whose values are given. */
  async acknowledgeAndClaim<Answer>(
    requests: readonly SettleRequest[],
    values: readonly (string | number)[],
  ): Promise<{ readonly claim: Answer; readonly answers: readonly Settlement[] }> {
    const now = values[1] as number;
    const changes = requests.map((request) => {
      const { row, leased } = (request as KnownRequest).place as LeasedAt;
      return { row, lease: request.lease, outcome: settle(leased, request.command, now) };
    });
    const { claim, acks } = await this.#parts.database.run<{ claim: Answer; acks: ChangeAnswer }>(
      this.#ackSql.withClaim,
      [...values, givenAcks(changes, now)],
    );
    return { claim, answers: this.#noteAcks(changes, acks) };
  }

  get #ackSql(): AckSql {
    return this.#parts.keepsAcknowledged ? ACK_KEPT : ACK_DELETED;
  }

  async #acknowledge(changes: readonly Change[], now: number): Promise<Settlement[]> {
    const { alone, withResults } = this.#ackSql;
    const sql = changes.some(({ row }) => hasResult(row)) ? withResults : alone;
    const values = [givenAcks(changes, now), now];
    const answer = this.#parts.database.run<ChangeAnswer>(sql, values);
    return this.#noteAcks(changes, await answer);
  }

  #noteAcks(changes: readonly Change[], answer: ChangeAnswer): Settlement[] {
    const { keepsAcknowledged, onLeft } = this.#parts;
    const answers = answersOf(changes.length, answer);
    this.#note(changes, answers);
    if (keepsAcknowledged) for (const { row } of changes) onLeft(row.channel, 'acked');
    return answers;
  }

  async #change(changes: readonly Change[], now: number): Promise<Settlement[]> {
    if (changes.length === 0) return [];
    const given = changes.map((change, n) => ({ n, ...writtenChange(change, now) }));
    const answer = await this.#parts.database.run<ChangeAnswer>(CHANGE, [
      JSON.stringify(given),
      now,
    ]);
    const answers = answersOf(given.length, answer);
    this.#note(changes, answers);
    return answers;
  }

  #note(changes: readonly Change[], answers: readonly Settlement[]): void {
    const { clock, report, wake, onLeft } = this.#parts;
    for (const [n, { row, lease, outcome }] of changes.entries()) {
      const isHeld = outcome.state === 'leased' && answers[n] === 'ok';
      if (isHeld) clock.hold(row.id, lease);
      else clock.release(row.id, lease);
      if (answers[n] !== 'ok') continue;
      const { channel } = row;
      if (row.details?.key || hasResult(row)) wake(channel);
      if (outcome.state !== 'dead') continue;
      const { reason, attempts } = outcome;
      report({ type: 'dead-lettered', channel, eventId: eventIdOf(row), reason, attempts });
      onLeft(channel, 'dead');
    }
  }
}

function answersOf(count: number, { done, left }: ChangeAnswer): Settlement[] {
  const answers: Settlement[] = Array.from({ length: count }, () => 'gone');
  for (const n of left ?? []) answers[n] = 'stale';
  for (const n of done ?? []) answers[n] = 'ok';
  return answers;
}
