import type { ChannelStats, DeadLetter, Settlement } from '../../core/message.ts';
import type { ObserverEvent } from '../../core/observer.ts';
import type { Runtime, Stop } from '../../core/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import { type Change, isFinal } from './amend-claim.ts';
import { type AddedSegment, Appender } from './appender.ts';
import type { Misfit } from './aside.ts';
import { browseDeadLetters, browseQuarantined } from './browse-rows.ts';
import type { ClaimOrder } from './claim-order.ts';
import { type Claimed, Claimer, type ClaimerOptions } from './claimer.ts';
import type { Connection } from './connection.ts';
import { EventCounter } from './count-events.ts';
import { DeadLetterCap } from './dead-letter-cap.ts';
import { clearIdleGuards } from './guards.ts';
import type { Hearer } from './hint-notifier.ts';
import type { LeaseMode } from './lease-mode.ts';
import type { Liveness } from './liveness.ts';
import type { QuarantinedRow } from './quarantined-row.ts';
import type { QueueView } from './queue-view.ts';
import { Remains } from './remains.ts';
import { Settling } from './settling.ts';
import { estimateRoom } from './storage-room.ts';
import { sweepSegments } from './sweep.ts';

type ClaimerReports = Pick<ClaimerOptions, 'onAmended' | 'onPutAside' | 'onLook'>;

const NEVER = Number.POSITIVE_INFINITY;

export interface IndexedDbStoreParts {
  readonly connection: Connection;
  readonly liveness: Liveness;
  readonly orderOf: (queue: string) => ClaimOrder;
  readonly leaseMode: () => LeaseMode;
  readonly runtime: Runtime;
  readonly maxDeadLetters: number;
  /** It was looked anew, and there is nothing still. */
  readonly onIdle: (queue: string) => void;
  readonly onClose: () => void;
}

/** Keeps events in IndexedDB, shared by all contexts of the origin; competition is settled by the database. */
export class IndexedDbStore implements EventStore {
  readonly #parts: IndexedDbStoreParts & ClaimerReports;
  readonly #appender: Appender;
  readonly #settling: Settling;
  readonly #counter: EventCounter;
  readonly #deadLetterCap: DeadLetterCap;
  readonly #remains: Remains;
  readonly #claimers = new Map<string, Claimer>();
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  /** Queues in which nothing has happened since they were last tidied. */
  readonly #tidy = new Set<string>();
  /** By queue, the first segment that a sweep may have to look at. */
  readonly #swept = new Map<string, number>();
  /** Claims wait until what was held before a suspension is held again, or known to be lost. */
  #adopted: Promise<void> = Promise.resolve();

  constructor(parts: IndexedDbStoreParts) {
    const { connection } = parts;
    this.#parts = {
      ...parts,
      onAmended: (queue, changes, letters) => this.#noteAmended(queue, changes, letters),
      onPutAside: (queue, misfits) => this.#notePutAside(queue, misfits),
      onLook: (view) => this.#settling.compare(view.queue, view),
    };
    this.#appender = new Appender(connection, (segments, late) => this.#noteAdded(segments, late));
    this.#counter = new EventCounter(connection);
    this.#deadLetterCap = new DeadLetterCap(connection, parts.maxDeadLetters, (channel, count) =>
      this.report({ type: 'dead-letters-dropped', channel, count }),
    );
    this.#remains = new Remains({
      ...parts,
      onFault: (queue, error) => this.#reportUncleared(queue, error),
    });
    this.#settling = new Settling({
      ...this.#parts,
      remains: this.#remains,
      lastLookAt: (queue) => this.#claimers.get(queue)?.lastLook,
      onLost: (channel, eventId, lease) =>
        this.report({ type: 'lease-lost', channel, eventId, lease }),
    });
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    await this.#appender.append(events);
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    await this.#adopted;
    const claimer = this.#claimerOf(request.channel);
    const claimed = await claimer.claim(request);
    const { view, claim, messages, lookedAt = view.seen.at } = claimed;
    if (claim === null) {
      if (claimed.lookedAt === undefined) await this.#tidyUp(view);
      const { nextReturnAt } = view;
      const dueAt = Math.min(nextReturnAt ?? NEVER, claimer.nextAbandonedAt(view));
      return { messages, nextDueAt: dueAt === NEVER ? null : dueAt, lookedAt };
    }
    this.#settling.hold(claim, view.seen);
    this.#noteTaken(claimed);
    const places = messages.map(({ eventId }) => claim.held.get(eventId));
    return { messages, places, nextDueAt: null };
  }

  async settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    if (this.#parts.connection.isDestroyed) return requests.map(() => 'gone');
    const settlements = await this.#settling.settle(requests);
    for (const queue of this.#deadLetterCap.overdue) await this.#dropDeadLetters(queue);
    return settlements;
  }

  async stats(channel: string): Promise<ChannelStats> {
    const counts = await this.#counter.stats(channel, this.#parts.runtime.now());
    const estimate = await estimateRoom();
    return { ...counts, ...(estimate && { estimate }) };
  }

  deadLetters(channel: string, limit: number): Promise<DeadLetter[]> {
    return browseDeadLetters(this.#parts.connection, channel, limit);
  }

  /** The first `limit` rows of the channel that were put aside, oldest first. */
  quarantined(channel: string, limit: number): Promise<QuarantinedRow[]> {
    return browseQuarantined(this.#parts.connection, channel, limit);
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => this.#observers.delete(report);
  }

  /** Tells the observers. */
  report(event: ObserverEvent): void {
    for (const report of this.#observers) report(event);
  }

  /** What was remembered of the database may be of another one: everything is looked up again. */
  forget(): void {
    this.#appender.forget();
    this.#claimers.clear();
    this.#remains.forget();
    this.#counter.clear();
    this.#deadLetterCap.clear();
    this.#settling.forget();
    this.#tidy.clear();
    this.#swept.clear();
  }

  /** Whom it concerns what others tell of this queue: nobody, before anything was claimed from it. */
  hearerOf(queue: string): Hearer | undefined {
    return this.#claimers.get(queue);
  }

  /** This context's channels: those that it has claimed from. */
  get channels(): Iterable<string> {
    return this.#claimers.keys();
  }

  /** The page goes on: what it held is verified before anything else is claimed. */
  resume(): void {
    this.#adopted = this.#settling.adopt().catch((error: unknown) => {
      this.report({ type: 'fault', during: 'resume', channel: '', error });
    });
  }

  async close(): Promise<void> {
    this.#parts.onClose();
    await this.#remains.close();
    this.#parts.liveness.release();
    return this.#parts.connection.close();
  }

  #claimerOf(queue: string): Claimer {
    const claimer = this.#claimers.get(queue) ?? this.#newClaimer(queue);
    this.#claimers.set(queue, claimer);
    return claimer;
  }

  #newClaimer(queue: string): Claimer {
    return new Claimer({ ...this.#parts, queue, order: this.#parts.orderOf(queue) });
  }

  #noteTaken({ view, choice }: Claimed): void {
    this.#tidy.delete(view.queue);
    for (const { seq, segmentSize } of choice.chosen)
      if (segmentSize !== undefined) this.#remains.noteClaimed(seq, segmentSize);
  }

  #noteAdded(segments: readonly AddedSegment[], late: readonly NewEvent[]): void {
    for (const [queue, claimer] of this.#claimers)
      for (const { seq, row } of segments)
        claimer.noteSegment(seq, row.queue === queue ? row : undefined);
    for (const { channel } of late) this.#claimers.get(channel)?.doubt();
  }

  #noteAmended(queue: string, changes: readonly Change[], letters: readonly DeadLetter[]): void {
    this.#tidy.delete(queue);
    if (!changes.every(isFinal)) this.#claimers.get(queue)?.doubt();
    this.#deadLetterCap.noteBuried(queue, letters.length);
    for (const { channel, eventId, reason } of letters)
      this.report({ type: 'dead-lettered', channel, eventId, reason });
  }

  #notePutAside(channel: string, misfits: readonly Misfit[]): void {
    for (const { store, reason } of misfits)
      this.report({ type: 'row-quarantined', channel, store, reason });
  }

  #reportUncleared(channel: string, error: unknown): void {
    this.report({ type: 'fault', during: 'clean-up', channel, error });
  }

  async #dropDeadLetters(queue: string): Promise<void> {
    try {
      await this.#deadLetterCap.drop(queue);
    } catch (error) {
      this.#reportUncleared(queue, error);
    }
  }

  /** Nothing is due: the time to clear away. That it fails harms nobody, and is reported. */
  async #tidyUp(view: QueueView): Promise<void> {
    const { queue } = view;
    const { connection, runtime } = this.#parts;
    await this.#dropDeadLetters(queue);
    try {
      await clearIdleGuards(connection, view, runtime.now());
      // A sweep would do what is done soon, one event at a time.
      if (this.#tidy.has(queue) || this.#remains.isPending(queue)) return;
      for (let isCut = true; isCut; ) {
        const from = this.#swept.get(queue) ?? 0;
        const swept = await sweepSegments(connection, view, from);
        for (const seq of swept.spent) this.#remains.noteCleared(seq);
        this.#swept.set(queue, swept.sweptSeq);
        ({ isCut } = swept);
      }
      this.#tidy.add(queue);
    } catch (error) {
      this.#reportUncleared(queue, error);
    }
  }
}
