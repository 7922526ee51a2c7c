import { bury, expire, type Leased } from '../../core/events/lifecycle.ts';
import type { EventMessage, Settlement } from '../../core/events/message.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import { DueEvents } from '../../queue/due-events.ts';
import { isBlocked } from '../../queue/event-shapes.ts';
import type { Claim, ClaimRequest, SettleRequest } from '../../queue/event-store.ts';
import type { Waiting } from '../../queue/group-commit.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import { CANDIDATES, CLAIM, CLAIM_CHOSEN, CLAIM_PLAIN, FIND_DOOMED } from './claim-sql.ts';
import type { Database } from './database.ts';
import { LET_STRAYS_GO } from './result-sql.ts';
import type { Settler } from './settler.ts';
import type { StoreClock } from './store-clock.ts';
import {
  eventIdOf,
  eventOf,
  type LeasedAt,
  leasedOf,
  messageOfRow,
  type StateRow,
  type StoredRow,
} from './stored-event.ts';

interface ClaimAnswer {
  readonly taken: readonly StoredRow[] | null;
  readonly special?: boolean;
  readonly doomed?: boolean;
  /** Whether events of the channel have details. */
  readonly detailed?: boolean;
  readonly outlook?: Outlook | null;
}

interface Outlook {
  /** False: no event is left, and none will come. */
  readonly open: boolean;
  /** Whether an event is due, which another claim has locked. */
  readonly due: boolean;
  /** The first due time. */
  readonly scheduled: number | null;
  /** The first end of a lease. */
  readonly leased: number | null;
  /** Whether an event waits for one that has ended. */
  readonly strays?: boolean;
}

interface Candidate {
  readonly id: string;
  readonly attempts: number;
  readonly priority: number;
  readonly retry: boolean;
}

/** A candidate as the rules of the memory store take it. */
interface DueCandidate {
  readonly event: { readonly priority: number };
  readonly order: number;
  readonly candidate: Candidate;
  heapIndex: number;
}

export interface ClaimerParts {
  readonly database: Database;
  readonly clock: StoreClock;
  readonly settler: Settler;
  readonly report: (event: ObserverEvent) => void;
}

/** When to claim again if another transaction has locked the due events, in milliseconds. */
const LOCKED_MS = 10;
/** How often a busy channel looks for events that an end has not let go, in milliseconds. A claim that finds nothing looks always. */
const STRAYS_MS = 1_000;
/** How often a claim begins again because events that it found have ended, or were taken by others. */
const MOST_ROUNDS = 5;

/** Leases due events. A claim is one statement, unless events with a priority or retries are due, or events end. */
export class Claimer {
  readonly #parts: ClaimerParts;
  /** By queue. They hold events only during a claim. Between two claims they have the turns of retries and of the oldest events. */
  readonly #due = new Map<string, DueEvents<DueCandidate>>();
  /** The channels in which events had details at the last claim. */
  readonly #detailed = new Set<string>();
  /** By queue, when strays were looked for. */
  readonly #lookedAt = new Map<string, number>();

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
  }

  /** Whether the next claim of the channel can take acknowledgements along. */
  takesAcks(channel: string): boolean {
    return !this.#detailed.has(channel);
  }

  async claim(
    request: ClaimRequest,
    acks: readonly Waiting<SettleRequest, Settlement>[] = [],
  ): Promise<Claim> {
    let waiting = acks;
    const { clock } = this.#parts;
    const { channel, limit, leaseMs, maxAttempts } = request;
    for (let round = 1; ; round += 1) {
      const now = await clock.now();
      if (this.#detailed.has(channel) && this.#isTimeToLook(channel, now))
        await this.#letStraysGo(channel, now);
      const terms = [now + leaseMs, maxAttempts] as const;
      let answer = await this.#claimOldest(channel, [channel, now, limit, ...terms], waiting);
      waiting = [];
      if (answer.doomed) await this.#endDoomed(channel, now);
      if (answer.special) answer = await this.#claimMixed(request, now);
      const taken = answer.taken ?? [];
      if (taken.length > 0) return this.#claimOf(taken, request, now);
      const { outlook } = answer;
      if (outlook && !outlook.open) throw noGroupError(channel);
      const isMore = outlook?.strays && (await this.#letStraysGo(channel, now));
      if (outlook && !answer.doomed && !isMore)
        return { messages: [], nextDueAt: nextDueAtOf(outlook, now) };
      if (round === MOST_ROUNDS) return { messages: [], nextDueAt: now + LOCKED_MS };
    }
  }

  /** Tries the shorter statement first, unless the last claim has found details. */
  async #claimOldest(
    channel: string,
    values: readonly (string | number)[],
    acks: readonly Waiting<SettleRequest, Settlement>[],
  ): Promise<ClaimAnswer> {
    const { database } = this.#parts;
    if (!this.#detailed.has(channel)) {
      const answer = await (acks.length > 0
        ? this.#claimWithAcks(values, acks)
        : database.run<ClaimAnswer>(CLAIM_PLAIN, values));
      if (!answer.detailed) return answer;
      this.#detailed.add(channel);
    }
    const answer = await database.run<ClaimAnswer>(CLAIM, values);
    if (!answer.detailed) this.#detailed.delete(channel);
    return answer;
  }

  async #claimWithAcks(
    values: readonly (string | number)[],
    acks: readonly Waiting<SettleRequest, Settlement>[],
  ): Promise<ClaimAnswer> {
    const { settler } = this.#parts;
    const requests = acks.map(({ item }) => item);
    const { claim, answers } = await settler.acknowledgeAndClaim<ClaimAnswer>(requests, values);
    for (const [n, { resolve }] of acks.entries()) resolve(answers[n] as Settlement);
    return claim;
  }

  /** Chooses among events with priorities, retries and others. Other claims may take the chosen events first. */
  async #claimMixed(
    { channel, limit, leaseMs, maxAttempts }: ClaimRequest,
    now: number,
  ): Promise<ClaimAnswer> {
    const { database } = this.#parts;
    const candidates = await database.run<Candidate[]>(CANDIDATES, [channel, now, limit]);
    const chosen = JSON.stringify(this.#choose(channel, candidates, limit));
    return database.run(CLAIM_CHOSEN, [channel, now, chosen, now + leaseMs, maxAttempts]);
  }

  #choose(channel: string, candidates: readonly Candidate[], limit: number): readonly Candidate[] {
    const due = this.#due.get(channel) ?? new DueEvents<DueCandidate>();
    this.#due.set(channel, due);
    for (const [order, candidate] of candidates.entries()) {
      const one: DueCandidate = { event: candidate, order, candidate, heapIndex: 0 };
      const { returned, retries } = due.levelOf(one);
      (candidate.retry ? retries : returned).add(one);
    }
    const taken = due.takeNext(limit);
    for (const { returned, retries } of due.levels)
      for (const place of [returned, retries]) place.takeAll();
    return taken.map(({ candidate }) => candidate);
  }

  #claimOf(rows: readonly StoredRow[], { leaseMs, maxAttempts }: ClaimRequest, now: number): Claim {
    const messages: EventMessage[] = [];
    const places: LeasedAt[] = [];
    for (const row of rows) {
      this.#reportLoss(row, row.attempts - 1);
      const leased: Leased = { ...leasedOf(row, now + leaseMs), maxAttempts };
      this.#parts.clock.hold(row.id, row.attempts);
      messages.push(messageOfRow(row, leased));
      const { payload, metadata, ...state } = row;
      places.push({ row: { ...state, status: 'leased' }, leased });
    }
    return { messages, places, nextDueAt: null };
  }

  /** Makes dead letters of events that are blocked, whose time to live has passed, or whose last lease has expired. */
  async #endDoomed(channel: string, now: number): Promise<void> {
    const { database, settler } = this.#parts;
    const rows = await database.run<StateRow[]>(FIND_DOOMED, [channel, now]);
    const deaths = rows.map((row) => {
      this.#reportLoss(row, row.attempts);
      const leased = leasedOf(row, now);
      const outcome = row.status === 'leased' ? expire(leased, now) : undefined;
      const reason = isBlocked(eventOf(row)) ? 'blocked' : 'expired';
      return { row, death: outcome?.state === 'dead' ? outcome : bury(leased, reason, now) };
    });
    await settler.bury(deaths);
  }

  #isTimeToLook(channel: string, now: number): boolean {
    const last = this.#lookedAt.get(channel) ?? 0;
    return Math.abs(now - last) >= STRAYS_MS;
  }

  #letStraysGo(channel: string, now: number): Promise<boolean> {
    this.#lookedAt.set(channel, now);
    return this.#parts.database.run(LET_STRAYS_GO, [channel, now]);
  }

  #reportLoss(row: StateRow, lease: number): void {
    if (row.status !== 'leased') return;
    const { channel } = row;
    this.#parts.clock.release(row.id, lease);
    this.#parts.report({ type: 'lease-lost', channel, eventId: eventIdOf(row), lease });
  }
}

/** When an event can be claimed. Null if none is known to come. */
function nextDueAtOf({ due, scheduled, leased }: Outlook, now: number): number | null {
  if (due) return now + LOCKED_MS;
  if (scheduled === null || leased === null) return scheduled ?? leased;
  return Math.min(scheduled, leased);
}
