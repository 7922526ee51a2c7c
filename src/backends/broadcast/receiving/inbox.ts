import { estimateBytes } from '../../../core/admission.ts';
import { canBeCopied } from '../../../core/events/plain-copy.ts';
import type { Membership } from '../members/membership.ts';
import type { ReplayBuffer } from '../sending/replay-buffer.ts';
import type {
  EventsMessage,
  HeadsMessage,
  HistoryMessage,
  Position,
  ReplayMessage,
  SizedEvent,
  WireEvent,
} from '../wire/messages.ts';
import { SeenIds } from '../wire/seen-ids.ts';
import { ByteBudget } from './byte-budget.ts';
import { ChannelInbox, type SharedInbox } from './channel-inbox.ts';
import type { LocalCopies } from './local-copies.ts';

/** For events that wait for a missing event or a history, of all channels together. */
const BUDGET_BYTES = 16_777_216;
/** How many channels that this context has left are remembered. */
const MAX_LEFT = 100;

export interface InboxOptions {
  readonly history: number;
  readonly maxBacklogBytes: number;
}

/** What this context receives on the channels of which it is a member. Messages about other channels are ignored. */
export class Inbox implements SharedInbox {
  readonly membership: Membership;
  readonly history: number;
  readonly budget: ByteBudget = new ByteBudget(BUDGET_BYTES, () => this.#makeRoom());
  readonly #replayBuffer: ReplayBuffer;
  readonly #copies: LocalCopies;
  /** Greater sizes are not measured, because the copy of such an event is refused. */
  readonly #maxBytes: number;
  readonly #channels = new Map<string, ChannelInbox>();
  /** Of channels that this context has left, so that a history delivers no event again. */
  readonly #seenBefore = new Map<string, SeenIds>();

  constructor(
    membership: Membership,
    replayBuffer: ReplayBuffer,
    copies: LocalCopies,
    { history, maxBacklogBytes }: InboxOptions,
  ) {
    this.membership = membership;
    this.history = history;
    this.#replayBuffer = replayBuffer;
    this.#copies = copies;
    this.#maxBytes = maxBacklogBytes;
  }

  join(channel: string): void {
    const seen = this.#seenBefore.get(channel) ?? new SeenIds();
    this.#seenBefore.delete(channel);
    this.#channels.set(channel, new ChannelInbox(channel, this, seen));
  }

  leave(channel: string): void {
    const inbox = this.of(channel);
    if (inbox === undefined) return;
    inbox.close();
    this.#channels.delete(channel);
    this.#replayBuffer.dropHistory(channel);
    this.#seenBefore.set(channel, inbox.seen);
    if (this.#seenBefore.size > MAX_LEFT) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [channel] = this.#seenBefore.keys();
    if (channel !== undefined) this.#seenBefore.delete(channel);
  }

  of(channel: string): ChannelInbox | undefined {
    return this.#channels.get(channel);
  }

  all(): ChannelInbox[] {
    return [...this.#channels.values()];
  }

  receive({ from, events }: EventsMessage): void {
    for (const event of events)
      if (event.publisher !== from) this.membership.ignore('impersonation');
      else if (this.#isSound(event)) this.of(event.channel)?.receive(this.#sized(event));
  }

  receiveHeads({ from, heads, joined, histories }: HeadsMessage): void {
    for (const channel of joined) this.of(channel)?.offer(from, histories.includes(channel));
    this.add(from, heads);
  }

  /** The context `from` knows of all events up to these positions. */
  add(from: string, positions: readonly Position[]): void {
    for (const position of positions) this.of(position.channel)?.add(from, position);
  }

  receiveReplay(message: ReplayMessage): void {
    this.of(message.channel)?.receiveReplay(message, this.#ofChannel(message));
  }

  receiveHistory(message: HistoryMessage): void {
    this.of(message.channel)?.receiveHistory(message, this.#ofChannel(message));
  }

  /** Ends the largest buffer, so that a flood takes no room from other publishers. */
  #makeRoom(): boolean {
    const buffers = this.all().flatMap((inbox) => inbox.buffers);
    const most = Math.max(0, ...buffers.map(({ cost }) => cost));
    if (most === 0) return false;
    buffers.find(({ cost }) => cost === most)?.end();
    return true;
  }

  #ofChannel({ channel, events }: ReplayMessage | HistoryMessage): SizedEvent[] {
    return events
      .filter((event) => event.channel === channel && this.#isSound(event))
      .map((event) => this.#sized(event));
  }

  /** No publisher sends a payload that is nested so deep that it cannot be copied for a handler. */
  #isSound({ payload, metadata }: WireEvent): boolean {
    const isSound = canBeCopied(payload) && canBeCopied(metadata);
    if (!isSound) this.membership.ignore('malformed');
    return isSound;
  }

  #sized(event: WireEvent): SizedEvent {
    return { event, bytes: estimateBytes([event.payload, event.metadata], this.#maxBytes) };
  }

  keep(sized: SizedEvent): void {
    // The sender has added the events of this context already.
    if (sized.event.publisher !== this.membership.selfId) this.#replayBuffer.add(sized);
  }

  deliver(sized: SizedEvent, isReplayed: boolean): void {
    this.#replayBuffer.addHistory(sized);
    const reason = 'backlog-full';
    for (const queue of this.#copies.add(sized, isReplayed))
      this.membership.report({ type: 'events-missed', channel: queue, count: 1, reason });
  }
}
