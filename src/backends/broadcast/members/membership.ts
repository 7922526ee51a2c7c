import type { Member } from '../../../core/events/receipts.ts';
import type { ObserverEvent } from '../../../core/reports/observer.ts';
import { hold, holdFor } from '../../../core/runtime/hold.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';
import { MessageWire } from '../wire/message-wire.ts';
import {
  type HelloMessage,
  type Message,
  type Position,
  type Question,
  type SentMessage,
  type Unsigned,
  WIRE_VERSION,
} from '../wire/messages.ts';
import { once } from '../wire/once.ts';
import { WireLifecycle } from '../wire/wire-lifecycle.ts';
import { HeartbeatRoster } from './heartbeat-roster.ts';
import { LockRoster } from './lock-roster.ts';
import { MemberWatchers } from './member-watchers.ts';
import type { MembershipListener, MembershipOptions } from './membership-options.ts';
import type { Roster } from './roster.ts';

/** A channel of which this context is a member. */
interface Joined {
  /** How many listeners and iterators need the membership, one more after a `dequeue`. */
  count: number;
  /** Until then the membership keeps the wire open, and with `keepAlive` the process. */
  readonly stop: Stop;
}

/**
 * Which channels this context is a member of, and which other contexts are members. When its wire is open is the
 * concern of {@link WireLifecycle}.
 */
export class Membership {
  readonly selfId: string;
  readonly runtime: Runtime;
  readonly #keepAlive: boolean;
  readonly #listener: MembershipListener;
  readonly #messages: MessageWire;
  /** When messages can be sent. */
  readonly wire: WireLifecycle;
  readonly #roster: Roster;
  readonly #joined = new Map<string, Joined>();
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  readonly #watchers: MemberWatchers;
  #questionCount = 0;

  constructor(
    { runtime, name, locks, openWire, keepAlive }: MembershipOptions,
    listener: MembershipListener,
  ) {
    const wireName = `ackline-broadcast:${name}`;
    const changed = (channels: Iterable<string>) => this.#watchers.notify(channels);
    this.#watchers = new MemberWatchers((channel) => this.#roster.watch(channel));
    this.#keepAlive = keepAlive;
    this.#listener = listener;
    this.runtime = runtime;
    this.selfId = runtime.randomId();
    this.#messages = new MessageWire({
      selfId: this.selfId,
      open: () => openWire(wireName),
      onMessage: (message) => this.#receive(message),
      onIgnored: (reason) => this.ignore(reason),
      onUndecodable: () => listener.onUndecodable(),
    });
    this.#roster = locks
      ? new LockRoster(locks, `${wireName}:`, this.selfId, () => this.sayHello({}), changed)
      : new HeartbeatRoster(runtime, (asks) => this.sayHello({ asks }), changed);
    this.wire = new WireLifecycle(runtime, this.#messages, {
      onOpen: () => listener.onOpen(),
      onClose: () => {
        this.#sayGoodbye([...this.#joined.keys()]);
        // After an idle wire, too, the roster begins with a first hello.
        this.#roster.suspend();
      },
    });
  }

  /** Throws a `DataCloneError` for a message that cannot be sent. */
  post(message: Unsigned<Message>): void {
    this.#messages.post({ ...message, ackline: WIRE_VERSION, from: this.selfId } as SentMessage);
  }

  /** Returns the number of the question, which no other question of this context has. */
  postQuestion(question: Question): number {
    this.#questionCount += 1;
    this.post({ ...question, question: this.#questionCount });
    return this.#questionCount;
  }

  sayHello({ joined = [], returned = [], asks = false, heads }: Partial<HelloMessage>): void {
    this.post({ kind: 'hello', channels: [...this.#joined.keys()], joined, returned, asks, heads });
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => this.#observers.delete(report);
  }

  report(event: ObserverEvent): void {
    for (const report of this.#observers) report(event);
  }

  /** Reports a message that was not used. */
  ignore(reason: string): void {
    this.report({ type: 'message-ignored', reason });
  }

  /** Makes this context a member of `channel` until the returned function is called. */
  join(channel: string): Stop {
    this.wire.use();
    const { refusal } = this.wire;
    // The listener learns from its first `dequeue` that there is no BroadcastChannel.
    if (refusal?.code === 'unsupported') return ignore;
    if (refusal) throw refusal;
    this.#addCount(channel, 1);
    return once(() => this.#addCount(channel, -1));
  }

  /** Whether {@link join} has an effect. Opens the wire, if that is possible. */
  get mayJoin(): boolean {
    this.wire.use();
    return this.wire.refusal === undefined;
  }

  isMember(channel: string): boolean {
    return this.#joined.has(channel);
  }

  /** The ids of the other members of a channel. */
  others(channel: string): Promise<string[]> {
    return this.#roster.others(channel);
  }

  async members(channel: string): Promise<Member[]> {
    const others = await this.others(channel);
    const memberIds = this.isMember(channel) ? [this.selfId, ...others] : others;
    return memberIds.map((memberId) => ({ memberId, isSelf: memberId === this.selfId }));
  }

  /** Calls `changed` when members may have come or gone. */
  watch(channel: string, changed: () => unknown): Stop {
    const stopNeed = this.wire.need();
    const stopWatching = this.#watchers.add(channel, changed);
    return () => {
      stopWatching();
      stopNeed();
    };
  }

  /** Settles as `work` does. Until then the wire stays open, and a Node process alive. */
  async holdProcess<T>(work: Promise<T>): Promise<T> {
    const stopNeed = this.wire.need();
    try {
      return await holdFor(this.runtime, true, work);
    } finally {
      stopNeed();
    }
  }

  /** Resolves when other contexts can find this one again, with whether its wire was opened again. */
  async resume(): Promise<boolean> {
    if (!this.wire.resume()) return false;
    await this.#roster.resume();
    return this.wire.isOpen;
  }

  /** Asks all contexts for their positions on the channels of this context, and sends its own. */
  ask(heads: readonly Position[]): void {
    const returned = [...this.#joined.keys()];
    if (returned.length + heads.length > 0) this.sayHello({ returned, heads });
  }

  /** Resolves when other contexts do not find this one any more. */
  async close(): Promise<void> {
    this.wire.close();
    const left = this.#roster.close();
    for (const { stop } of this.#joined.values()) stop();
    this.#joined.clear();
    this.#watchers.clear();
    await left;
  }

  #receive(message: Message): void {
    if (message.kind === 'hello' || message.kind === 'bye') this.#roster.receive(message);
    this.#listener.onMessage(message);
  }

  #addCount(channel: string, change: number): void {
    const joined = this.#joined.get(channel);
    if (joined === undefined) {
      if (change > 0) void this.#enter(channel, change);
      return;
    }
    joined.count += change;
    if (joined.count === 0) this.#exit(channel, joined);
  }

  async #enter(channel: string, count: number): Promise<void> {
    const stopNeed = this.wire.need();
    const release = this.#keepAlive ? hold(this.runtime) : ignore;
    const stop = () => {
      stopNeed();
      release();
    };
    this.#joined.set(channel, { count, stop });
    this.#listener.onJoin(channel);
    await this.#roster.join(channel);
    this.#watchers.notify([channel]);
    if (!this.isMember(channel) || !this.wire.isOpen) return;
    this.sayHello({ joined: [channel] });
    this.#listener.onJoined(channel, await this.others(channel));
  }

  #exit(channel: string, { stop }: Joined): void {
    this.#joined.delete(channel);
    stop();
    this.#listener.onLeave(channel);
    this.#roster.leave(channel);
    this.#sayGoodbye([channel]);
    this.#watchers.notify([channel]);
  }

  #sayGoodbye(channels: readonly string[]): void {
    if (channels.length > 0) this.post({ kind: 'bye', channels });
  }
}
