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
import { Appender } from './appender.ts';
import { type Claimed, Claimer } from './claimer.ts';
import type { Connection } from './connection.ts';
import { EventCounter } from './count-events.ts';
import { clearIdleGuards } from './guards.ts';
import { SegmentTally } from './own-claim.ts';
import { ofQueue, type QueueView } from './queue-view.ts';
import type { DeadRow } from './schema.ts';
import { Settling } from './settling.ts';
import { firstExpiry } from './spans.ts';
import { sweepSegments } from './sweep.ts';

/** Keeps events in IndexedDB, shared by all contexts of the origin; competition is settled by the database. */
export class IndexedDbStore implements EventStore {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  /** Names this context in its claims. */
  readonly #owner: string;
  readonly #appender: Appender;
  readonly #settling: Settling;
  readonly #counter: EventCounter;
  readonly #tally = new SegmentTally();
  readonly #claimers = new Map<string, Claimer>();
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  /** Queues in which nothing has happened since they were last tidied. */
  readonly #tidy = new Set<string>();

  constructor(connection: Connection, runtime: Runtime) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#owner = runtime.randomId();
    this.#appender = new Appender(connection);
    this.#counter = new EventCounter(connection);
    this.#settling = new Settling(connection, runtime, this.#tally, (queue, letters) =>
      this.#noteDeaths(queue, letters),
    );
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    await this.#appender.append(events);
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const { channel } = request;
    const claimed = await this.#claimerOf(channel).claim(request);
    const { view, claim, messages } = claimed;
    if (claim === null) {
      await this.#tidyUp(view);
      return { messages, nextDueAt: nextDueAt(view) };
    }
    this.#settling.hold(claim, view.seen);
    this.#noteTaken(claimed);
    return { messages, nextDueAt: null };
  }

  settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return this.#settling.settle(requests);
  }

  stats(channel: string): Promise<ChannelStats> {
    return this.#counter.stats(channel, this.#runtime.now());
  }

  async deadLetters(channel: string, limit: number): Promise<DeadLetter[]> {
    const { result } = await this.#connection.read(['dead'], (tx) =>
      tx.objectStore('dead').index('queue').getAll(ofQueue(channel), limit),
    );
    return (result as DeadRow[]).map(({ letter }) => letter);
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
    this.#tally.clear();
    this.#counter.clear();
    this.#settling.forget();
    this.#tidy.clear();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #claimerOf(queue: string): Claimer {
    let claimer = this.#claimers.get(queue);
    if (claimer === undefined) {
      claimer = new Claimer({
        connection: this.#connection,
        runtime: this.#runtime,
        owner: this.#owner,
        queue,
        onTakenBack: (of, letters) => this.#noteDeaths(of, letters),
      });
      this.#claimers.set(queue, claimer);
    }
    return claimer;
  }

  #noteTaken({ view, choice }: Claimed): void {
    this.#tidy.delete(view.queue);
    for (const { seq, segmentSize } of choice.chosen)
      if (segmentSize !== undefined) this.#tally.notice(seq, segmentSize);
  }

  #noteDeaths(queue: string, letters: readonly DeadLetter[]): void {
    this.#tidy.delete(queue);
    for (const { channel, eventId, reason } of letters)
      this.report({ type: 'dead-lettered', channel, eventId, reason });
  }

  /** Nothing is due: the time to clear away. That it fails harms nobody, and is reported. */
  async #tidyUp(view: QueueView): Promise<void> {
    const { queue, newest } = view;
    try {
      await clearIdleGuards(this.#connection, view, this.#runtime.now());
      if (this.#tidy.has(queue)) return;
      const spent = await sweepSegments(this.#connection, queue, newest.cursor.seq);
      for (const seq of spent) this.#tally.forget(seq);
      this.#tidy.add(queue);
    } catch (error) {
      this.report({ type: 'fault', during: 'clean-up', channel: queue, error });
    }
  }
}

/** When something of the queue comes due by itself: a delay that ends, or a lease that expires. */
function nextDueAt({ claims, nextReturnAt }: QueueView): number | null {
  const dueAt = Math.min(nextReturnAt ?? Number.POSITIVE_INFINITY, ...claims.map(firstExpiry));
  return dueAt === Number.POSITIVE_INFINITY ? null : dueAt;
}
