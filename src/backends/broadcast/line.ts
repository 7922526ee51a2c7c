import { AcklineError } from '../../core/errors.ts';
import type { Member } from '../../core/receipts.ts';
import type { Stop } from '../../core/runtime.ts';
import type { CheckedOptions } from './broadcast-options.ts';
import { HelloRoster } from './hello-roster.ts';
import { LockRoster } from './lock-roster.ts';
import { MemberWatch, membersOf } from './member-watch.ts';
import { Memberships } from './memberships.ts';
import type { HelloMessage, Message } from './messages.ts';
import type { Roster } from './roster.ts';
import { MessageWire } from './wire.ts';

export interface LineListener {
  readonly onMessage: (message: Message) => void;
  readonly onIgnored: (reason: string) => void;
  readonly onJoin: (channel: string) => void;
  readonly onLeave: (channel: string) => void;
  /** Others can find this context now, and were told that it joined; `others` are there. */
  readonly onJoined: (channel: string, others: readonly string[]) => void;
}

interface OpenWaiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * This context among the others: what goes over the wire, and who is there.
 *
 * States: open; suspended, while the page is frozen or kept for going back (nothing is heard, nobody finds this
 * context, what is published waits); closed. Only `suspend`, `resume` and `close` go from one to another.
 */
export class Line {
  readonly selfId: string;
  readonly #options: CheckedOptions;
  readonly #listener: LineListener;
  readonly #wire: MessageWire;
  readonly #roster: Roster;
  readonly #memberships: Memberships;
  /** Whom a roster does not tell that their own context joined or left. */
  readonly #watches = new Map<MemberWatch, string>();
  #openWaiters: OpenWaiter[] = [];
  #isClosed = false;
  /** Calls that wait for others. */
  #callCount = 0;

  constructor(options: CheckedOptions, listener: LineListener) {
    const { runtime, name, locks, openWire } = options;
    const wireName = `ackline-broadcast:${name}`;
    this.#options = options;
    this.#listener = listener;
    this.selfId = runtime.randomId();
    this.#wire = new MessageWire({
      selfId: this.selfId,
      open: () => openWire(wireName),
      onMessage: (message) => this.#hear(message),
      onIgnored: listener.onIgnored,
    });
    this.#roster = locks
      ? new LockRoster(locks, `${wireName}:`, this.selfId)
      : new HelloRoster(runtime, (asks) => this.sayHello({ asks }));
    this.#memberships = new Memberships(
      (channel) => this.#enter(channel),
      (channel) => this.#exit(channel),
    );
    this.#wire.open();
    if (!this.#wire.isOpen)
      throw new AcklineError('unsupported', 'the broadcast backend needs a BroadcastChannel');
  }

  readonly post = (message: Message): void => this.#wire.post(message);

  sayHello({ joined = [], returned = [], asks = false }: Partial<HelloMessage>): void {
    const { channels } = this.#memberships;
    this.post({ kind: 'hello', from: this.selfId, channels, joined, returned, asks });
  }

  /** Resolves when messages can be posted; rejects when they never will be. */
  untilOpen(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(this.#closedError());
      else if (this.#wire.isOpen) resolve();
      else this.#openWaiters.push({ resolve, reject });
    });
  }

  join(channel: string): Stop {
    this.requireOpen();
    return this.#memberships.join(channel);
  }

  /** For good, unless somebody has joined: then until all have left. */
  keep(channel: string): void {
    if (!this.#isClosed) this.#memberships.keep(channel);
  }

  isMember(channel: string): boolean {
    return this.#memberships.has(channel);
  }

  /** The ids of the other members of a channel. */
  others(channel: string): Promise<string[]> {
    return this.#roster.others(channel);
  }

  async memberIds(channel: string): Promise<string[]> {
    const others = await this.others(channel);
    return this.isMember(channel) ? [this.selfId, ...others] : others;
  }

  async members(channel: string): Promise<Member[]> {
    this.requireOpen();
    const memberIds = await this.holdProcess(this.memberIds(channel));
    return membersOf(memberIds, this.selfId);
  }

  watchMembers(channel: string, watcher: (members: readonly Member[]) => unknown): Stop {
    this.requireOpen();
    const watch = new MemberWatch(() => this.memberIds(channel), this.selfId, watcher);
    const stop = this.watch(channel, watch.refresh);
    this.#watches.set(watch, channel);
    void watch.refresh();
    return () => {
      stop();
      watch.stop();
      this.#watches.delete(watch);
    };
  }

  /** Calls `changed` when other members may have come or gone. */
  watch(channel: string, changed: () => unknown): Stop {
    return this.#roster.watch(channel, () => void changed());
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
    if (this.#isClosed) throw this.#closedError();
  }

  suspend(): void {
    if (!this.#wire.isOpen) return;
    this.#sayGoodbye(this.#memberships.channels);
    this.#roster.suspend();
    this.#wire.close();
  }

  /** Resolves with whether it was suspended, when others can find this context again and have been asked what it missed. */
  async resume(): Promise<boolean> {
    if (this.#isClosed || this.#wire.isOpen) return false;
    this.#wire.open();
    for (const { resolve } of this.#openWaiters.splice(0)) resolve();
    await this.#roster.resume();
    if (this.#wire.isOpen) this.sayHello({ returned: this.#memberships.channels });
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.suspend();
    this.#roster.close();
    this.#memberships.clear();
    for (const watch of this.#watches.keys()) watch.stop();
    for (const { reject } of this.#openWaiters.splice(0)) reject(this.#closedError());
  }

  #hear(message: Message): void {
    if (message.kind === 'hello' || message.kind === 'bye') this.#roster.hear(message);
    this.#listener.onMessage(message);
  }

  #enter(channel: string): void {
    this.#listener.onJoin(channel);
    this.#updateHold();
    void this.#announce(channel);
  }

  async #announce(channel: string): Promise<void> {
    await this.#roster.join(channel);
    this.#refreshOwn(channel);
    if (!this.isMember(channel) || !this.#wire.isOpen) return;
    this.sayHello({ joined: [channel] });
    this.#listener.onJoined(channel, await this.others(channel));
  }

  #exit(channel: string): void {
    this.#listener.onLeave(channel);
    this.#roster.leave(channel);
    this.#sayGoodbye([channel]);
    this.#updateHold();
    this.#refreshOwn(channel);
  }

  #sayGoodbye(channels: readonly string[]): void {
    if (channels.length > 0) this.post({ kind: 'bye', from: this.selfId, channels });
  }

  #updateHold(): void {
    const isMember = this.#memberships.channels.length > 0;
    this.#wire.holdProcess(this.#callCount > 0 || (this.#options.keepAlive && isMember));
  }

  #refreshOwn(channel: string): void {
    for (const [watch, watched] of this.#watches) if (watched === channel) void watch.refresh();
  }

  #closedError(): AcklineError {
    return new AcklineError('closed', 'the broadcast backend was shut down');
  }
}
