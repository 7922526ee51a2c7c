import { type Delivery, EventChannel, type Receipt, type ReceiptOutcome } from 'ackline';
import {
  type BroadcastBackend,
  type BroadcastBackendOptions,
  broadcastBackend,
} from 'ackline/broadcast';
import { nextTask } from '../../../support/next-task.ts';
import { isNumbered, type Numbered } from './numbered.ts';

/** What the members of a test are opened with, the same for all. */
export type MemberSettings = Partial<BroadcastBackendOptions>;

export interface PublishTerms {
  readonly count: number;
  /** How many calls of `publish` are made in one task. */
  readonly burst: number;
  /** Every so manieth waits for its receipts; 0: none does. */
  readonly confirmEvery: number;
}

/** What a member is to publish, and what became of it: the outcomes of each confirmed event, by member id. */
export interface Confirmed {
  readonly number: number;
  readonly isConfirmed: boolean;
  readonly outcomes: Readonly<Record<string, ReceiptOutcome>>;
}

export interface TimedReceipt {
  readonly memberId: string;
  readonly outcome: ReceiptOutcome;
  readonly at: number;
}

/** The member that answers a question. */
export interface Identity {
  readonly name: string;
  /** The kind of context, by the name of its global. */
  readonly kind: string;
}

export interface MemberReport {
  readonly memberId: string;
  /** The numbers of each publisher's events, in the order in which the handler was called. */
  readonly received: Readonly<Record<string, readonly number[]>>;
  /** How many events of each type the observer received, and the faults in words. */
  readonly observed: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly published: number;
  /** As `events-missed` counts them. */
  readonly missed: number;
  /** Whether this context was asked to listen: a page that was loaded anew was not. */
  readonly hasListened: boolean;
}

/** As hostile-messages.ts names it. */
const CHANNEL = 'news';
/** Far beyond what any test takes: no receipt may come by it. */
export const TIMEOUT_MS = 60_000;
const BODY = 'x'.repeat(250);
/** Told of every event, and no fault. */
const USUAL = ['published', 'claimed', 'settled'];

/** One context of a test: publishes, handles what it gets, and keeps account of both. Its methods are called from Node. */
export class Member {
  readonly name: string;
  readonly backend: BroadcastBackend;
  readonly events: EventChannel;
  readonly #received = new Map<string, number[]>();
  /** Ids, because another context can use the name and the number of an event. */
  readonly #receivedIds: string[] = [];
  readonly #sentIds: string[] = [];
  readonly #observed: Record<string, number> = {};
  readonly #faults: string[] = [];
  #published = 0;
  #missed = 0;
  #hasListened = false;
  /** Set while nothing is answered. */
  #onHeld: ((held: Numbered) => void) | undefined;

  constructor(name: string, settings: MemberSettings) {
    this.name = name;
    this.backend = broadcastBackend({ name: 'members', ...settings });
    this.events = new EventChannel({
      backend: this.backend,
      observer: (event) => {
        if (USUAL.includes(event.type)) return;
        this.#observed[event.type] = (this.#observed[event.type] ?? 0) + 1;
        if (event.type === 'events-missed') this.#missed += event.count;
        if ('error' in event) this.#faults.push(`${event.type}: ${String(event.error)}`);
      },
    });
    addEventListener('error', ({ message }) => void this.#faults.push(`error: ${message}`));
    addEventListener('unhandledrejection', ({ reason }) => {
      this.#faults.push(`unhandled rejection: ${String(reason)}`);
    });
  }

  get memberId(): string {
    return this.backend.memberId;
  }

  listen(): void {
    this.#hasListened = true;
    this.events.listen(CHANNEL, (delivery) => this.#handle(delivery), {
      concurrency: 1_000,
    });
  }

  /** Keeps the thread of this context for so long: no message is heard and no timer fires. */
  occupy(ms: number): void {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }

  stopListening(): Promise<void> {
    return this.events.stopListener(CHANNEL);
  }

  /** From now on events stay without an answer. Resolves when a publisher waits for one. */
  holdConfirmed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeld = ({ isConfirmed }) => isConfirmed && resolve();
    });
  }

  /** Resolves when the channel has so many members, as this context sees it. */
  untilMembers(count: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.events.watchMembers(CHANNEL, ({ length }) => {
        if (length !== count) return;
        // Told at once, `stop` would not be there yet.
        queueMicrotask(() => stop());
        resolve();
      });
    });
  }

  async memberIds(): Promise<string[]> {
    return (await this.events.members(CHANNEL)).map(({ memberId }) => memberId).sort();
  }

  /** Resolves when all was sent and each that is confirmed has its receipts. */
  async publish({ count, burst, confirmEvery }: PublishTerms): Promise<Confirmed[]> {
    const confirmed: Promise<Confirmed>[] = [];
    for (let left = count; left > 0; left -= burst) {
      const calls: Promise<unknown>[] = [];
      for (let call = 0; call < Math.min(burst, left); call += 1) {
        this.#published += 1;
        const number = this.#published;
        if (confirmEvery > 0 && number % confirmEvery === 0) confirmed.push(this.#confirm(number));
        else calls.push(this.#send(number));
      }
      await Promise.all(calls);
      // Messages that came meanwhile are handled.
      await nextTask();
    }
    return Promise.all(confirmed);
  }

  /** Resolves with when each receipt of one event came, in epoch milliseconds, once all have. */
  async timeReceipts(): Promise<TimedReceipt[]> {
    const timed: TimedReceipt[] = [];
    const onReceipt = ({ memberId, outcome }: Receipt) =>
      void timed.push({ memberId, outcome, at: performance.timeOrigin + performance.now() });
    this.#published += 1;
    await this.events.publishConfirmed(CHANNEL, this.#numbered(this.#published, true), null, {
      timeoutMs: TIMEOUT_MS,
      onReceipt,
    });
    return timed;
  }

  /** Asks the other members for their names, and resolves with the first answer. */
  ask(): Promise<unknown> {
    this.#published += 1;
    const question = { ...this.#numbered(this.#published, true), asks: true };
    return this.events.request(CHANNEL, question, { timeoutMs: TIMEOUT_MS });
  }

  receivedCount(): number {
    return [...this.#received.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Of all publishers together, in the order of this context. */
  ids(): { readonly sent: readonly string[]; readonly received: readonly string[] } {
    return { sent: this.#sentIds, received: this.#receivedIds };
  }

  report(): MemberReport {
    return {
      memberId: this.memberId,
      received: Object.fromEntries(this.#received),
      observed: this.#observed,
      faults: this.#faults,
      published: this.#published,
      missed: this.#missed,
      hasListened: this.#hasListened,
    };
  }

  async #send(number: number): Promise<void> {
    this.#sentIds[number - 1] = await this.events.publish(CHANNEL, this.#numbered(number, false));
  }

  async #confirm(number: number): Promise<Confirmed> {
    const { eventId, isConfirmed, receipts } = await this.events.publishConfirmed(
      CHANNEL,
      this.#numbered(number, true),
      null,
      { timeoutMs: TIMEOUT_MS },
    );
    this.#sentIds[number - 1] = eventId;
    const outcomes = receipts.map(({ memberId, outcome }) => [memberId, outcome] as const);
    return { number, isConfirmed, outcomes: Object.fromEntries(outcomes) };
  }

  #identity(): Identity {
    return { name: this.name, kind: Object.prototype.toString.call(globalThis).slice(8, -1) };
  }

  #numbered(number: number, isConfirmed: boolean): Numbered {
    return { publisher: this.name, number, isConfirmed, body: BODY };
  }

  async #handle({ eventId, payload, attempts, ack }: Delivery): Promise<void> {
    // An event of the hostile script.
    if (!isNumbered(payload)) return;
    const { publisher, number, asks } = payload;
    if (asks) await ack(this.#identity());
    const numbers = this.#received.get(publisher) ?? [];
    this.#received.set(publisher, numbers);
    numbers.push(number);
    this.#receivedIds.push(eventId);
    if (attempts > 1) this.#faults.push(`${publisher} ${number}: attempt ${attempts}`);
    if (this.#onHeld === undefined) return;
    this.#onHeld(payload);
    await new Promise(() => undefined);
  }
}
