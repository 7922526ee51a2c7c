import type { ObserverEvent } from '../../core/observer.ts';
import type { Runtime, Stop } from '../../core/runtime.ts';
import type { Archive } from './archive.ts';
import { Budget } from './budget.ts';
import { ChannelInbox, type InboxPorts } from './channel-inbox.ts';
import type {
  AskMessage,
  EventsMessage,
  HeadsMessage,
  HistoryMessage,
  RecallMessage,
  ReplayMessage,
  SizedEvent,
  WireEvent,
} from './messages.ts';
import { SeenIds } from './seen-ids.ts';

/** How long those who have a history, or know what was missed, have to say so. */
const ANSWER_MS = 1_000;
/** For what is out of turn or too early, of all channels. */
const BUDGET_BYTES = 16_777_216;

export interface InboxSurroundings {
  readonly runtime: Runtime;
  readonly selfId: string;
  readonly archive: Archive;
  readonly history: number;
  readonly sizeOf: (event: WireEvent) => number;
  readonly post: (message: AskMessage | RecallMessage) => void;
  /** Asks everybody how far they have come with a channel. */
  readonly askAll: (channel: string) => void;
  /** Stores it; answers whether there was room. */
  readonly store: (sized: SizedEvent, isReplayed: boolean) => boolean;
  readonly report: (event: ObserverEvent) => void;
}

/** Waiting for a history: first for those who may have one, then for one of them. */
interface Recall {
  /** Who was asked for it. */
  memberId: string | null;
  /** Who has said whether he has one. */
  readonly heard: Set<string>;
  /** Who is to say so; null: it is not known yet. */
  expected: readonly string[] | null;
  readonly stop: Stop;
}

/** What this context receives, by channel; of channels that it is no member of, nothing. */
export class Inbox {
  readonly #around: InboxSurroundings;
  readonly #channels = new Map<string, ChannelInbox>();
  readonly #recalls = new Map<string, Recall>();
  readonly #ports: InboxPorts;
  #stopSettling: Stop = () => undefined;

  constructor(around: InboxSurroundings) {
    this.#around = around;
    const { runtime, selfId, post, askAll, report } = around;
    this.#ports = {
      runtime,
      selfId,
      seen: new SeenIds(),
      budget: new Budget(BUDGET_BYTES),
      ask: post,
      askAll,
      deliver: (sized, isReplayed) => this.#deliver(sized, isReplayed),
      onMissed: (channel, count) =>
        report({ type: 'events-missed', channel, count, reason: 'unrepaired' }),
      onIgnored: (reason) => report({ type: 'message-ignored', reason }),
    };
  }

  join(channel: string): void {
    const awaitsHistory = this.#around.history > 0;
    this.#channels.set(channel, new ChannelInbox(channel, this.#ports, awaitsHistory));
    if (!awaitsHistory) return;
    const stop = this.#around.runtime.after(ANSWER_MS, () => this.endRecall(channel));
    this.#recalls.set(channel, { memberId: null, heard: new Set(), expected: null, stop });
  }

  leave(channel: string): void {
    this.endRecall(channel);
    this.#channels.get(channel)?.close();
    this.#channels.delete(channel);
    this.#around.archive.forgetHistory(channel);
  }

  cursorsOf(channel: string): ReadonlyMap<string, number> {
    return this.#channels.get(channel)?.cursors ?? new Map();
  }

  receive({ from, events }: EventsMessage): void {
    for (const event of events)
      if (event.publisher !== from) this.#ports.onIgnored('impersonation');
      else this.#channels.get(event.channel)?.receive(this.#sized(event));
  }

  /** What this context published itself. */
  receiveOwn(sized: SizedEvent): void {
    this.#channels.get(sized.event.channel)?.receiveOwn(sized);
  }

  hearHeads({ from, heads, joined, histories }: HeadsMessage): void {
    for (const channel of joined)
      this.#hearWhetherHistory(channel, from, histories.includes(channel));
    for (const { channel, publisher, seq } of heads)
      this.#channels.get(channel)?.hearHead(publisher, seq, from);
  }

  hearReplay(message: ReplayMessage): void {
    const events = this.#ownOf(message);
    this.#channels.get(message.channel)?.hearReplay(message, events);
  }

  hearHistory(message: HistoryMessage): void {
    const { channel, from } = message;
    if (this.#recalls.get(channel)?.memberId !== from) return this.#ports.onIgnored('unexpected');
    this.#dropRecall(channel);
    this.#channels.get(channel)?.endWaiting(message, this.#ownOf(message));
  }

  /** These may have a history of a channel that was joined, and say whether they do. */
  expectHistories(channel: string, memberIds: readonly string[]): void {
    const recall = this.#recalls.get(channel);
    if (recall === undefined) return;
    recall.expected = memberIds;
    this.#endRecallIfNone(channel, recall);
  }

  /** Nobody has a history of the channel, or not in time. */
  endRecall(channel: string): void {
    this.#dropRecall(channel);
    this.#channels.get(channel)?.endWaiting();
  }

  standStill(): void {
    this.#stopSettling();
    for (const channel of [...this.#recalls.keys()]) this.endRecall(channel);
    for (const inbox of this.#channels.values()) inbox.standStill();
  }

  /** Others were just asked what was missed. */
  goOn(): void {
    this.#stopSettling = this.#around.runtime.after(ANSWER_MS, () => {
      for (const inbox of this.#channels.values()) inbox.repairAll();
    });
  }

  close(): void {
    this.#stopSettling();
    for (const channel of [...this.#channels.keys()]) this.leave(channel);
  }

  #hearWhetherHistory(channel: string, memberId: string, hasHistory: boolean): void {
    const recall = this.#recalls.get(channel);
    if (recall === undefined || recall.memberId !== null) return;
    recall.heard.add(memberId);
    if (!hasHistory) return this.#endRecallIfNone(channel, recall);
    recall.memberId = memberId;
    const { selfId, history: count, post } = this.#around;
    post({ kind: 'recall', from: selfId, to: memberId, channel, count });
  }

  #endRecallIfNone(channel: string, { memberId, heard, expected }: Recall): void {
    if (memberId === null && expected?.every((one) => heard.has(one))) this.endRecall(channel);
  }

  #dropRecall(channel: string): void {
    this.#recalls.get(channel)?.stop();
    this.#recalls.delete(channel);
  }

  #ownOf({ channel, events }: ReplayMessage | HistoryMessage): SizedEvent[] {
    return events.filter((event) => event.channel === channel).map((event) => this.#sized(event));
  }

  #sized(event: WireEvent): SizedEvent {
    return { event, bytes: this.#around.sizeOf(event) };
  }

  #deliver(sized: SizedEvent, isReplayed: boolean): void {
    const { archive, store, report, selfId } = this.#around;
    const { channel, publisher } = sized.event;
    // What it published itself is kept already, whether it is a member or not.
    if (publisher !== selfId) archive.add(sized);
    archive.remember(sized);
    if (!store(sized, isReplayed))
      report({ type: 'events-missed', channel, count: 1, reason: 'backlog-full' });
  }
}
