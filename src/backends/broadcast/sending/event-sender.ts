import type { Confirmation } from '../../../core/events/receipts.ts';
import { AcklineError } from '../../../core/reports/errors.ts';
import type { MaybePromise, NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';
import type { Membership } from '../members/membership.ts';
import {
  MAX_ITEMS,
  type SizedEvent,
  USUAL_BYTES,
  USUAL_ITEMS,
  type WireEvent,
} from '../wire/messages.ts';
import type { ResolvedTerms } from './confirm-terms.ts';
import type { Confirmations } from './confirmations.ts';

export interface EventSenderOptions {
  readonly confirmations: Confirmations;
  /** Whether this context gets its own copy of an event without the option `self`. */
  readonly sendsToSelf: boolean;
  /** An event was sent. */
  readonly onSent: (sized: SizedEvent, isForSelf: boolean) => void;
}

/** The events that were published in one step. One with `terms` has one event. */
interface Batch {
  readonly events: readonly NewEvent[];
  readonly terms?: ResolvedTerms;
}

/** The other members of each channel. */
type Others = ReadonlyMap<string, readonly string[]>;

/** An object, because a promise in its place would be awaited together with the sending. */
interface Sent {
  readonly confirmation: Promise<Confirmation> | undefined;
}

/**
 * Sends what this context publishes: all events of one microtask in one message, numbered for each channel. Events are
 * sent in the order of the calls, although a confirmed event waits until its members are known.
 */
export class EventSender {
  readonly #membership: Membership;
  readonly #options: EventSenderOptions;
  /** The number of the last event that was sent on each channel. */
  readonly #lastSeqs = new Map<string, number>();
  readonly #group: GroupCommit<Batch, Sent>;

  constructor(membership: Membership, options: EventSenderOptions) {
    this.#membership = membership;
    this.#options = options;
    this.#group = new GroupCommit((batches) => this.#send(batches), {
      weightOf: ({ events }) => events.reduce((sum, event) => sum + weightOf(event), 0),
      maxWeight: USUAL_BYTES,
      mayConcernOne: () => true,
    });
  }

  /** The number of the last event on `channel`, or 0. */
  lastSeq(channel: string): number {
    return this.#lastSeqs.get(channel) ?? 0;
  }

  channels(): string[] {
    return [...this.#lastSeqs.keys()];
  }

  /** Sends all events or none. */
  async publish(events: readonly NewEvent[]): Promise<void> {
    if (events.length > MAX_ITEMS)
      throw new AcklineError('too-large', `at most ${MAX_ITEMS} events can be published at once`);
    await this.#group.add({ events });
  }

  async publishConfirmed(event: NewEvent, terms: ResolvedTerms): Promise<Confirmation> {
    const { confirmation } = await this.#group.add({ events: [event], terms });
    return confirmation as Promise<Confirmation>;
  }

  /** Sends synchronously if possible, because the latency of an event begins here. */
  #send(batches: readonly Batch[]): MaybePromise<readonly Sent[]> {
    const confirmed = batches.flatMap(({ events, terms }) => (terms ? events : []));
    if (this.#membership.wire.isOpen && confirmed.length === 0)
      return this.#sendTo(new Map(), batches);
    return this.#findOthers(confirmed).then((others) => this.#sendTo(others, batches));
  }

  async #findOthers(confirmed: readonly NewEvent[]): Promise<Others> {
    await this.#membership.wire.untilOpen();
    const others = new Map<string, readonly string[]>();
    for (const channel of new Set(confirmed.map((event) => event.channel)))
      others.set(channel, await this.#membership.others(channel));
    return others;
  }

  #sendTo(others: Others, batches: readonly Batch[]): readonly Sent[] {
    const numbered = this.#number(batches);
    this.#post(numbered.map(({ event }) => event));
    let count = 0;
    return batches.map(({ events, terms }) => {
      const confirmation = terms && this.#expect(events[0] as NewEvent, others, terms);
      for (const event of events) {
        const sized = numbered[count++] as SizedEvent;
        this.#lastSeqs.set(event.channel, sized.event.seq);
        this.#options.onSent(sized, this.#isForSelf(event));
      }
      return { confirmation };
    });
  }

  #expect(event: NewEvent, others: Others, terms: ResolvedTerms): Promise<Confirmation> {
    const members = [...(others.get(event.channel) ?? [])];
    if (this.#isForSelf(event)) members.push(this.#membership.selfId);
    return this.#options.confirmations.expect(event, members, terms);
  }

  #isForSelf({ channel, self = this.#options.sendsToSelf }: NewEvent): boolean {
    return self && this.#membership.isMember(channel);
  }

  #number(batches: readonly Batch[]): SizedEvent[] {
    const publisher = this.#membership.selfId;
    const lastSeqs = new Map<string, number>();
    return batches.flatMap(({ events, terms }) =>
      events.map(({ eventId, channel, payload, metadata, createdAt, delayMs, bytes }) => {
        const seq = (lastSeqs.get(channel) ?? this.lastSeq(channel)) + 1;
        lastSeqs.set(channel, seq);
        const event = { channel, publisher, seq, eventId, payload, metadata, createdAt };
        if (delayMs !== undefined) Object.assign(event, { delayMs });
        if (terms) Object.assign(event, { confirm: true });
        return { event, bytes };
      }),
    );
  }

  #post(events: readonly WireEvent[]): void {
    try {
      this.#membership.post({ kind: 'events', events });
    } catch (cause) {
      const channel = events[0]?.channel ?? '';
      const message = `a payload for ${channel} cannot be sent to other contexts`;
      throw new AcklineError('not-cloneable', message, { cause, channel, path: 'payload' });
    }
  }
}

/** The size of an event for the limit of a message. With the minimum, {@link USUAL_ITEMS} small events fill a message. */
function weightOf({ bytes }: NewEvent): number {
  return Math.max(bytes, USUAL_BYTES / USUAL_ITEMS);
}
