import type { Budget } from './budget.ts';
import type { HeadsMessage, HistoryMessage, ReplayMessage, SizedEvent } from './messages.ts';
import { Repair, type RepairPorts } from './repair.ts';
import type { SeenIds } from './seen-ids.ts';
import { Stream } from './stream.ts';

/** Whoever floods the wire with names cannot fill the memory. */
const MAX_STREAMS = 1_000;
/** Shorter than a stream waits for what it comes to. */
const ASK_ALL_MS = 500;

export interface InboxPorts extends Omit<RepairPorts, 'deliverReady' | 'askAll'> {
  /** Asks everybody how far they have come with a channel. */
  readonly askAll: (channel: string) => void;
  readonly seen: SeenIds;
  readonly budget: Budget;
  /** Next of its publisher; never twice. */
  readonly deliver: (sized: SizedEvent, isReplayed: boolean) => void;
}

/**
 * What a member receives on one channel: each publisher's events in their order, each once, and what was missed asked
 * for. While a history is awaited, what comes waits behind it.
 */
export class ChannelInbox {
  readonly #channel: string;
  readonly #ports: InboxPorts;
  readonly #repair: Repair;
  readonly #streams = new Map<string, Stream>();
  /** Nothing that was published before is wanted of a publisher that was never heard. */
  #joinedAt: number;
  /** It may have missed publishers altogether since it joined. */
  #hasStoodStill = false;
  #waiting: (() => void)[] | undefined;
  #askedAllAt = Number.NEGATIVE_INFINITY;

  constructor(channel: string, ports: InboxPorts, awaitsHistory: boolean) {
    this.#channel = channel;
    this.#ports = ports;
    this.#joinedAt = ports.runtime.now();
    this.#waiting = awaitsHistory ? [] : undefined;
    this.#repair = new Repair({
      ...ports,
      askAll: () => this.#askAll(),
      deliverReady: (stream) => this.#deliverReady(stream),
    });
  }

  get awaitsHistory(): boolean {
    return this.#waiting !== undefined;
  }

  /** How far this member has come with each publisher. */
  get cursors(): ReadonlyMap<string, number> {
    return new Map([...this.#streams].map(([publisher, { cursor }]) => [publisher, cursor]));
  }

  receive(sized: SizedEvent): void {
    if (this.#defers(sized.bytes, () => this.receive(sized))) return;
    const { publisher, seq, eventId } = sized.event;
    const stream = this.#streamOf(publisher, seq - 1);
    const reception = stream.receive(sized);
    if (reception === 'early') stream.hearHead(seq, publisher);
    if (reception !== 'past') {
      this.#deliverReady(stream);
      this.#repair.repair(stream);
    } else if (!this.#ports.seen.has(eventId)) {
      this.#repair.stop(stream);
      stream.restartAt(seq);
      this.#deliver(sized);
    }
  }

  /** What this context published itself: it comes in order by itself. */
  receiveOwn(sized: SizedEvent): void {
    if (!this.#defers(sized.bytes, () => this.#deliver(sized))) this.#deliver(sized);
  }

  /** `memberId` has come as far as `seq` with `publisher`. */
  hearHead(publisher: string, seq: number, memberId: HeadsMessage['from']): void {
    if (this.#defers(0, () => this.hearHead(publisher, seq, memberId))) return;
    // Of what came before one that joined just now, only the publisher itself can tell.
    const isOther = memberId !== publisher && !this.#hasStoodStill;
    if (isOther && !this.#streams.has(publisher)) return;
    const stream = this.#streamOf(publisher, seq);
    if (seq > stream.cursor) stream.hearHead(seq, memberId);
    this.#repair.repair(stream);
  }

  hearReplay(message: ReplayMessage, events: readonly SizedEvent[]): void {
    const { publisher } = message;
    const ours = events.filter(({ event }) => event.publisher === publisher);
    this.#repair.hear(this.#streams.get(publisher), message, ours);
  }

  /** The history has come; or there is none to wait for. */
  endWaiting(history?: HistoryMessage, events: readonly SizedEvent[] = []): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const sized of events) this.#deliver(sized, true);
    for (const { publisher, seq } of history?.heads ?? []) this.#streamOf(publisher, seq);
    for (const act of waiting) act();
  }

  standStill(): void {
    this.#hasStoodStill = true;
    for (const stream of this.#streams.values()) {
      this.#repair.stop(stream);
      stream.forgetCandidates();
    }
  }

  /** After standing still, when all have had time to say what was missed: the rest cannot be had. */
  repairAll(): void {
    for (const stream of this.#streams.values()) this.#repair.repair(stream);
  }

  close(): void {
    for (const stream of this.#streams.values()) this.#drop(stream);
  }

  #defers(bytes: number, act: () => void): boolean {
    if (this.#waiting === undefined) return false;
    const { budget } = this.#ports;
    const hasRoom = budget.take(bytes);
    if (!hasRoom) this.endWaiting();
    this.#waiting?.push(() => {
      budget.giveBack(bytes);
      act();
    });
    return hasRoom;
  }

  /** One question does for all streams that are at a loss at the same time. */
  #askAll(): void {
    const { runtime, askAll } = this.#ports;
    const now = runtime.now();
    if (Math.abs(now - this.#askedAllAt) < ASK_ALL_MS) return;
    this.#askedAllAt = now;
    askAll(this.#channel);
  }

  #deliverReady(stream: Stream): void {
    for (const sized of stream.takeReady()) this.#deliver(sized);
  }

  #deliver(sized: SizedEvent, isReplayed = false): void {
    const { seen, deliver } = this.#ports;
    if (seen.has(sized.event.eventId)) return;
    seen.add(sized.event.eventId);
    deliver(sized, isReplayed);
  }

  /** A publisher's stream; one that was never heard begins behind `cursor`, or where this member joined. */
  #streamOf(publisher: string, cursor: number): Stream {
    const known = this.#streams.get(publisher);
    if (known) return known;
    if (this.#streams.size >= MAX_STREAMS) this.#forgetOldest();
    const name = { channel: this.#channel, publisher };
    const { budget } = this.#ports;
    const isLate = this.#hasStoodStill && cursor > 0;
    const stream = isLate
      ? new Stream(name, 0, this.#joinedAt, budget)
      : new Stream(name, cursor, null, budget);
    this.#streams.set(publisher, stream);
    return stream;
  }

  /** Should it be heard again, it begins anew: what it published until now does not come again. */
  #forgetOldest(): void {
    const [oldest] = this.#streams.values();
    if (oldest === undefined) return;
    this.#drop(oldest);
    this.#streams.delete(oldest.publisher);
    this.#joinedAt = this.#ports.runtime.now();
  }

  #drop(stream: Stream): void {
    this.#repair.stop(stream);
    stream.close();
  }
}
