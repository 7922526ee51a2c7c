import type { Membership } from '../members/membership.ts';
import type { ReplayBuffer } from '../sending/replay-buffer.ts';
import type {
  EventsMessage,
  Head,
  HeadsMessage,
  HistoryMessage,
  ReplayMessage,
  SizedEvent,
  WireEvent,
} from '../wire/messages.ts';
import { SeenIds } from '../wire/seen-ids.ts';
import { ByteBudget } from './byte-budget.ts';
import { ChannelInbox, type InboxParts } from './channel-inbox.ts';

/** For what is out of turn or too early, of all channels. */
const BUDGET_BYTES = 16_777_216;

export interface InboxOptions {
  readonly replayBuffer: ReplayBuffer;
  readonly history: number;
  readonly sizeOf: (event: WireEvent) => number;
  /** Stores it; answers whether there was room. */
  readonly store: (sized: SizedEvent, isReplayed: boolean) => boolean;
}

/** What this context receives, by channel; of channels that it is no member of, nothing. */
export class Inbox {
  readonly #membership: Membership;
  readonly #options: InboxOptions;
  readonly #parts: InboxParts;
  readonly #channels = new Map<string, ChannelInbox>();

  constructor(membership: Membership, options: InboxOptions) {
    this.#membership = membership;
    this.#options = options;
    this.#parts = {
      membership,
      history: options.history,
      seen: new SeenIds(),
      budget: new ByteBudget(BUDGET_BYTES),
      deliver: (sized, isReplayed) => this.#deliver(sized, isReplayed),
    };
  }

  join(channel: string): void {
    this.#channels.set(channel, new ChannelInbox(channel, this.#parts));
  }

  leave(channel: string): void {
    this.of(channel)?.close();
    this.#channels.delete(channel);
    this.#options.replayBuffer.forgetHistory(channel);
  }

  of(channel: string): ChannelInbox | undefined {
    return this.#channels.get(channel);
  }

  all(): ChannelInbox[] {
    return [...this.#channels.values()];
  }

  receive({ from, events }: EventsMessage): void {
    for (const event of events)
      if (event.publisher !== from) this.#membership.ignore('impersonation');
      else this.of(event.channel)?.receive(this.#sized(event));
  }

  hearAnswer({ from, heads, joined, histories }: HeadsMessage): void {
    for (const channel of joined)
      this.of(channel)?.hearWhetherHistory(from, histories.includes(channel));
    this.hearHeads(from, heads);
  }

  /** `from` has come so far. */
  hearHeads(from: string, heads: readonly Head[]): void {
    for (const { channel, publisher, seq } of heads)
      this.of(channel)?.hearHead(publisher, seq, from);
  }

  hearReplay(message: ReplayMessage): void {
    this.of(message.channel)?.hearReplay(message, this.#ownOf(message));
  }

  hearHistory(message: HistoryMessage): void {
    this.of(message.channel)?.hearHistory(message, this.#ownOf(message));
  }

  #ownOf({ channel, events }: ReplayMessage | HistoryMessage): SizedEvent[] {
    return events.filter((event) => event.channel === channel).map((event) => this.#sized(event));
  }

  #sized(event: WireEvent): SizedEvent {
    return { event, bytes: this.#options.sizeOf(event) };
  }

  #deliver(sized: SizedEvent, isReplayed: boolean): void {
    const { replayBuffer, store } = this.#options;
    const { channel, publisher } = sized.event;
    // What it published itself is kept already, whether it is a member or not.
    if (publisher !== this.#membership.selfId) replayBuffer.add(sized);
    replayBuffer.remember(sized);
    if (!store(sized, isReplayed))
      this.#membership.report({ type: 'events-missed', channel, count: 1, reason: 'backlog-full' });
  }
}
