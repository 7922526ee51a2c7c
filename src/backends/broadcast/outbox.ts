import { AcklineError } from '../../core/errors.ts';
import type { Confirmation } from '../../core/receipts.ts';
import type { MaybePromise, NewEvent } from '../../queue/event-store.ts';
import { GroupCommit } from '../../queue/group-commit.ts';
import type { ResolvedTerms } from './confirm-terms.ts';
import type { Confirmations } from './confirmations.ts';
import type { Line } from './line.ts';
import {
  MAX_ITEMS,
  type SizedEvent,
  USUAL_BYTES,
  USUAL_ITEMS,
  type WireEvent,
} from './messages.ts';

export interface OutboxOptions {
  readonly confirmations: Confirmations;
  /** Whether this context gets its copy of an event that says nothing of it. */
  readonly sendsToSelf: boolean;
  /** It has been sent. */
  readonly onSent: (sized: SizedEvent, isForSelf: boolean) => void;
}

interface Outgoing {
  readonly event: NewEvent;
  readonly terms?: ResolvedTerms;
}

type Batch = readonly Outgoing[];
/** The other members of the channels that are published to. */
type Others = ReadonlyMap<string, readonly string[]>;

const NOBODY: Others = new Map();

/** In an object, so that nobody waits for the members who only waits for sending. */
interface Sent {
  readonly confirmation: Promise<Confirmation> | undefined;
}

/**
 * Sends what this context publishes: everything of one turn in one message, numbered for each channel. The order of
 * asking is kept, also by what has to look first who is there to confirm it.
 */
export class Outbox {
  readonly #line: Line;
  readonly #options: OutboxOptions;
  /** The number of the last event of each channel that was sent. */
  readonly #heads = new Map<string, number>();
  readonly #group: GroupCommit<Batch, readonly Sent[]>;

  constructor(line: Line, options: OutboxOptions) {
    this.#line = line;
    this.#options = options;
    this.#group = new GroupCommit((batches) => this.#send(batches), {
      weightOf: (batch) => batch.reduce((sum, one) => sum + weightOf(one), 0),
      maxWeight: USUAL_BYTES,
      mayConcernOne: () => true,
    });
  }

  /** How far this context has come with `channel`; 0: it has published nothing there. */
  head(channel: string): number {
    return this.#heads.get(channel) ?? 0;
  }

  /** All of them or none. */
  async publish(events: readonly NewEvent[]): Promise<void> {
    if (events.length > MAX_ITEMS)
      throw new AcklineError('too-large', `at most ${MAX_ITEMS} events can be published at once`);
    await this.#group.add(events.map((event) => ({ event })));
  }

  async publishConfirmed(event: NewEvent, terms: ResolvedTerms): Promise<Confirmation> {
    const [sent] = await this.#group.add([{ event, terms }]);
    return sent?.confirmation as Promise<Confirmation>;
  }

  /** At once, unless it must be waited for something: whoever receives it waits for nothing else. */
  #send(batches: readonly Batch[]): MaybePromise<readonly (readonly Sent[])[]> {
    const outgoing = batches.flat();
    const asked = outgoing.filter(({ terms }) => terms);
    if (this.#line.isOpen && asked.length === 0) return this.#sendTo(NOBODY, outgoing, batches);
    return this.#findOthers(asked).then((others) => this.#sendTo(others, outgoing, batches));
  }

  #sendTo(
    others: Others,
    outgoing: readonly Outgoing[],
    batches: readonly Batch[],
  ): readonly (readonly Sent[])[] {
    const numbered = this.#number(outgoing);
    this.#post(numbered.map(({ event }) => event));
    const sent = outgoing.map((one, index) => {
      const isForSelf = this.#isForSelf(one.event);
      const members = [...(others.get(one.event.channel) ?? [])];
      if (isForSelf) members.push(this.#line.selfId);
      const { terms, event } = one;
      const confirmation = terms && this.#options.confirmations.expect(event, members, terms);
      const sized = numbered[index] as SizedEvent;
      this.#heads.set(event.channel, sized.event.seq);
      this.#options.onSent(sized, isForSelf);
      return { confirmation };
    });
    return batches.map((batch) => sent.splice(0, batch.length));
  }

  #isForSelf({ channel, self = this.#options.sendsToSelf }: NewEvent): boolean {
    return self && this.#line.isMember(channel);
  }

  async #findOthers(asked: readonly Outgoing[]): Promise<Others> {
    await this.#line.untilOpen();
    const others = new Map<string, readonly string[]>();
    for (const channel of new Set(asked.map(({ event }) => event.channel)))
      others.set(channel, await this.#line.others(channel));
    return others;
  }

  #number(outgoing: readonly Outgoing[]): SizedEvent[] {
    const heads = new Map<string, number>();
    return outgoing.map(({ event, terms }) => {
      const { eventId, channel, payload, metadata, createdAt, delayMs, bytes } = event;
      const seq = (heads.get(channel) ?? this.head(channel)) + 1;
      heads.set(channel, seq);
      const publisher = this.#line.selfId;
      const sent = { channel, publisher, seq, eventId, payload, metadata, createdAt };
      if (delayMs !== undefined) Object.assign(sent, { delayMs });
      if (terms) Object.assign(sent, { confirm: true });
      return { event: sent, bytes };
    });
  }

  #post(events: readonly WireEvent[]): void {
    try {
      this.#line.post({ kind: 'events', events });
    } catch (cause) {
      const channel = events[0]?.channel ?? '';
      const message = `a payload for ${channel} cannot be sent to other contexts`;
      throw new AcklineError('not-cloneable', message, { cause, channel, path: 'payload' });
    }
  }
}

/** As many as usual weigh as much as a message usually may. */
function weightOf({ event }: Outgoing): number {
  return Math.max(event.bytes, USUAL_BYTES / USUAL_ITEMS);
}
