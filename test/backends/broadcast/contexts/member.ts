import { type Delivery, EventChannel, type Receipt, type ReceiptOutcome } from 'ackline';
import {
  type BroadcastBackend,
  type BroadcastBackendOptions,
  broadcastBackend,
} from 'ackline/broadcast';
import { type Deferred, deferred } from '../../../support/deferred.ts';
import { nextTask } from '../../../support/next-task.ts';
import { type Identity, isNumbered, type Numbered } from './numbered.ts';

/** The options of all members of a test. */
export type MemberSettings = Partial<BroadcastBackendOptions>;

export interface PublishTerms {
  readonly count: number;
  /** The number of `publish` calls in one task. */
  readonly burst: number;
  /** Each publish whose number is a multiple of this waits for its receipts. With 0 none does. */
  readonly confirmEvery: number;
}

/** A confirmed event, with its outcome for each member id. */
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

export interface MemberReport {
  readonly memberId: string;
  /** The numbers of the events of each publisher, in the order of the handler calls. */
  readonly received: Readonly<Record<string, readonly number[]>>;
  /** How many events of each type the observer received. */
  readonly observed: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly published: number;
  /** The sum of the counts in `events-missed`. */
  readonly missed: number;
  /** Whether the test made this context listen. After a reload it has not. */
  readonly hasListened: boolean;
}

/** The channel name in hostile-messages.ts. */
const CHANNEL = 'news';
/** Longer than any test, so no receipt may come from this timeout. */
export const TIMEOUT_MS = 60_000;
const BODY = 'x'.repeat(250);
/** Types that the observer receives for each event. They are not counted. */
const USUAL = ['published', 'claimed', 'settled'];

/** One context of a test. It publishes, handles events, and records both. Node calls its methods. */
export class Member {
  readonly name: string;
  readonly backend: BroadcastBackend;
  readonly events: EventChannel;
  readonly #received = new Map<string, number[]>();
  /** Ids identify events, because another context can forge name and number. */
  readonly #receivedIds: string[] = [];
  readonly #sentIds: string[] = [];
  readonly #observed: Record<string, number> = {};
  readonly #faults: string[] = [];
  #published = 0;
  #missed = 0;
  #hasListened = false;
  /** Set while this context answers no event. It resolves at the first one whose publisher waits. */
  #held: Deferred<void> | undefined;

  constructor(name: string, settings: MemberSettings) {
    this.name = name;
    this.backend = broadcastBackend({ name: 'members', ...settings });
    this.events = new EventChannel({
      backend: this.backend,
      observer: (event) => {
        if (USUAL.includes(event.type)) return;
        this.#count(event.type);
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

  /** Listens once for each group, as the widgets of one page do. The report counts their events as observed. */
  listenIn(groups: readonly string[]): void {
    for (const group of groups)
      this.events.listen(CHANNEL, () => this.#count(group), { group, concurrency: 100 });
  }

  #count(what: string): void {
    this.#observed[what] = (this.#observed[what] ?? 0) + 1;
  }

  /** Blocks the thread of this context for `ms`. Meanwhile no message arrives and no timer fires. */
  occupy(ms: number): void {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }

  stopListening(): Promise<void> {
    return this.events.stopListener(CHANNEL);
  }

  /** From now on this context answers no event. */
  hold(): void {
    this.#held = deferred();
  }

  /** Resolves when a publisher waits for the answer to an event that this context holds. */
  async untilHeld(): Promise<void> {
    await this.#held?.promise;
  }

  /** Resolves when this context sees `count` members of the channel. */
  untilMembers(count: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.events.watchMembers(CHANNEL, ({ length }) => {
        if (length !== count) return;
        // The first call may come before `stop` is assigned.
        queueMicrotask(() => stop());
        resolve();
      });
    });
  }

  async memberIds(): Promise<string[]> {
    return (await this.events.members(CHANNEL)).map(({ memberId }) => memberId).sort();
  }

  /** Resolves when all events were sent and all confirmed ones have their receipts. */
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
      // Messages that arrived meanwhile are handled in this task.
      await nextTask();
    }
    return Promise.all(confirmed);
  }

  /** Publishes one event. Resolves with the time of each receipt, in epoch milliseconds. */
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

  /** Requests the names of the other members. Resolves with the first answer. */
  ask(): Promise<unknown> {
    this.#published += 1;
    const question = { ...this.#numbered(this.#published, true), asks: true };
    return this.events.request(CHANNEL, question, { timeoutMs: TIMEOUT_MS });
  }

  receivedCount(): number {
    return [...this.#received.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** The ids of all events, in the order of this context. */
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
    // The hostile script has published this event.
    if (!isNumbered(payload)) return;
    const { publisher, number, asks, isConfirmed } = payload;
    if (asks) await ack(this.#identity());
    const numbers = this.#received.get(publisher) ?? [];
    this.#received.set(publisher, numbers);
    numbers.push(number);
    this.#receivedIds.push(eventId);
    if (attempts > 1) this.#faults.push(`${publisher} ${number}: attempt ${attempts}`);
    if (this.#held === undefined) return;
    if (isConfirmed) this.#held.resolve();
    await new Promise(() => undefined);
  }
}
