import { ignore } from '../../../core/ignore.ts';
import type { ObserverEvent } from '../../../core/observer.ts';
import type { Member } from '../../../core/receipts.ts';
import type { Runtime, Stop } from '../../../core/runtime.ts';
import { MessageWire } from '../wire/message-wire.ts';
import {
  type Head,
  type HelloMessage,
  type Message,
  type SentMessage,
  type Unsigned,
  WIRE_VERSION,
} from '../wire/messages.ts';
import { closedError, missingError } from './broadcast-errors.ts';
import { HeartbeatRoster } from './heartbeat-roster.ts';
import { LockRoster } from './lock-roster.ts';
import { MemberWatchers } from './member-watchers.ts';
import type { MembershipListener, MembershipOptions } from './membership-options.ts';
import { OpenWaiters } from './open-waiters.ts';
import type { Roster } from './roster.ts';

/**
 * This context among the others: what goes over the wire, who is there, and what this context is a member of.
 *
 * States: unused, until the first call or join opens the wire; open; suspended, while the page is frozen or kept for
 * going back (nothing is heard, nobody finds this context, what is published waits); closed. Or missing, from the first
 * use on: there is no BroadcastChannel, calls are refused, and only `close` changes that.
 */
export class Membership {
  readonly selfId: string;
  readonly runtime: Runtime;
  readonly #keepAlive: boolean;
  readonly #listener: MembershipListener;
  readonly #wire: MessageWire;
  readonly #roster: Roster;
  /** How many here hold each channel that this context is a member of; without end where one is kept for good. */
  readonly #holds = new Map<string, number>();
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  readonly #watchers: MemberWatchers;
  readonly #openWaiters = new OpenWaiters();
  /** Calls that wait for others. */
  #callCount = 0;
  #isClosed = false;
  #isUsed = false;
  #isSuspended = false;
  #isMissing = false;

  constructor(
    { runtime, name, locks, openWire, keepAlive }: MembershipOptions,
    listener: MembershipListener,
  ) {
    const wireName = `ackline-broadcast:${name}`;
    const changed = (channels: Iterable<string>) => this.#watchers.tell(channels);
    this.#watchers = new MemberWatchers((channel) => this.#roster.attend(channel));
    this.#keepAlive = keepAlive;
    this.#listener = listener;
    this.runtime = runtime;
    this.selfId = runtime.randomId();
    this.#wire = new MessageWire({
      selfId: this.selfId,
      open: () => openWire(wireName),
      onMessage: (message) => this.#hear(message),
      onIgnored: (reason) => this.ignore(reason),
      onUndecodable: listener.onUndecodable,
    });
    this.#roster = locks
      ? new LockRoster(locks, `${wireName}:`, this.selfId, () => this.sayHello({}), changed)
      : new HeartbeatRoster(runtime, (asks) => this.sayHello({ asks }), changed);
  }

  /** Throws a `DataCloneError` for what cannot be sent. */
  post(message: Unsigned<Message>): void {
    this.#wire.post({ ...message, ackline: WIRE_VERSION, from: this.selfId } as SentMessage);
  }

  sayHello({ joined = [], returned = [], asks = false, heads }: Partial<HelloMessage>): void {
    this.post({ kind: 'hello', channels: [...this.#holds.keys()], joined, returned, asks, heads });
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => this.#observers.delete(report);
  }

  report(event: ObserverEvent): void {
    for (const report of this.#observers) report(event);
  }

  /** Counts a message of which nothing was used. */
  ignore(reason: string): void {
    this.report({ type: 'message-ignored', reason });
  }

  get isOpen(): boolean {
    return this.#wire.isOpen;
  }

  /** Resolves when messages can be posted; rejects when they never will be. */
  async untilOpen(): Promise<void> {
    if (this.#isClosed) throw closedError();
    if (!this.#wire.isOpen) await this.#openWaiters.add();
  }

  /** A member of `channel`, until what it returns was called. */
  join(channel: string): Stop {
    if (this.#isClosed) throw closedError();
    this.#use();
    // What a listener asks for tells it.
    if (this.#isMissing) return ignore;
    this.#hold(channel, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#hold(channel, -1);
      isHeld = false;
    };
  }

  /** For good, unless somebody has joined: then until all have left. */
  keep(channel: string): void {
    if (!this.#isClosed && !this.isMember(channel)) this.#hold(channel, Number.POSITIVE_INFINITY);
  }

  isMember(channel: string): boolean {
    return this.#holds.has(channel);
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
    return this.#watchers.add(channel, changed);
  }

  /** What `work` comes to; until then a Node process lives on: no timer would keep it. */
  async holdProcess<T>(work: Promise<T>): Promise<T> {
    this.#callCount += 1;
    this.#updateHold();
    try {
      return await work;
    } finally {
      this.#callCount -= 1;
      this.#updateHold();
    }
  }

  requireOpen(): void {
    if (this.#isClosed) throw closedError();
    this.#use();
    if (this.#isMissing) throw missingError();
  }

  suspend(): void {
    this.#isSuspended = true;
    if (!this.#wire.isOpen) return;
    this.#sayGoodbye([...this.#holds.keys()]);
    this.#roster.suspend();
    this.#wire.close();
  }

  /** Resolves with whether it was suspended and is no longer, when others can find this context again. */
  async resume(): Promise<boolean> {
    this.#isSuspended = false;
    if (this.#isClosed || this.#isMissing || this.#wire.isOpen || !this.#isUsed) return false;
    this.#open();
    await this.#roster.resume();
    return this.#wire.isOpen;
  }

  /** Asks everybody how far they have come with the channels of this context, and tells how far it has come itself. */
  askMissed(heads: readonly Head[]): void {
    this.sayHello({ returned: [...this.#holds.keys()], heads });
  }

  /** Resolves when others do not find this context any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.suspend();
    const left = this.#roster.close();
    this.#holds.clear();
    this.#watchers.clear();
    this.#openWaiters.settle(closedError());
    await left;
  }

  /** An open wire keeps a process alive where it has no `unref`: it opens when it is first needed. */
  #use(): void {
    if (!this.#isUsed && !this.#isSuspended) this.#open();
    this.#isUsed = true;
  }

  #open(): void {
    this.#wire.open();
    this.#isMissing = !this.#wire.isOpen;
    this.#openWaiters.settle(this.#isMissing ? missingError() : undefined);
  }

  #hear(message: Message): void {
    if (message.kind === 'hello' || message.kind === 'bye') this.#roster.hear(message);
    this.#listener.onMessage(message);
  }

  #hold(channel: string, change: number): void {
    const before = this.#holds.get(channel) ?? 0;
    const count = before + change;
    if (before === 0 && count > 0) void this.#enter(channel, count);
    else if (before > 0 && count === 0) this.#exit(channel);
    else if (before > 0) this.#holds.set(channel, count);
  }

  async #enter(channel: string, count: number): Promise<void> {
    this.#holds.set(channel, count);
    this.#updateHold();
    this.#listener.onJoin(channel);
    await this.#roster.join(channel);
    this.#watchers.tell([channel]);
    if (!this.isMember(channel) || !this.#wire.isOpen) return;
    this.sayHello({ joined: [channel] });
    this.#listener.onJoined(channel, await this.others(channel));
  }

  #exit(channel: string): void {
    this.#holds.delete(channel);
    this.#updateHold();
    this.#listener.onLeave(channel);
    this.#roster.leave(channel);
    this.#sayGoodbye([channel]);
    this.#watchers.tell([channel]);
  }

  #sayGoodbye(channels: readonly string[]): void {
    if (channels.length > 0) this.post({ kind: 'bye', channels });
  }

  #updateHold(): void {
    this.#wire.holdProcess(this.#callCount > 0 || (this.#keepAlive && this.#holds.size > 0));
  }
}
