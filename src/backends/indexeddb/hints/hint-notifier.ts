import { channelOfQueue, groupOfQueue } from '../../../core/options/queue-name.ts';
import type { Locks } from '../../../platform/locks.ts';
import { sharedWithNewer } from '../../../platform/outdated-locks.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { ChangeWatch, Notifier, Subscription } from '../../../queue/notifier.ts';
import type { ReadLocks } from '../database/read-locks.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import { ChangeFeed } from './change-feed.ts';
import { type Hint, HintChannel } from './hint-channel.ts';
import type { HintListener, HintReceiver } from './hint-listener.ts';
import { IdleLeader } from './idle-leader.ts';
import { IdlePoll } from './idle-poll.ts';
import type { ScanReport } from './idle-scans.ts';
import { IdleWaits } from './idle-waits.ts';

/** No channel has this name. Its lock is held by the context that opened its hint channel before all others. */
const FIRST = '';

const NOT_A_HINT = 'not a hint of a known version';

export interface HintNotifierOptions {
  readonly database: string;
  readonly locks: Locks | undefined;
  readonly clock: Clock;
  /** From 0 to 1, another value in each context. */
  readonly chance: number;
  readonly listener: HintListener;
  readonly readLocks: ReadLocks;
}

/**
 * Carries hints to all contexts of the origin, and decides which consumers of this context claim.
 *
 * Of the idle contexts one leads each channel and follows its hints, see idle-leader.ts. The consumers of the others claim
 * when their context begins to lead, or at their next poll. One database scan for all channels and contexts finds what
 * came without a hint, see idle-poll.ts. A consumer whose channel was idle at a recent scan does not claim, see
 * idle-waits.ts and idle-scans.ts.
 */
export class HintNotifier implements Notifier {
  readonly subscribesFirst = true;
  readonly #listener: HintListener;
  readonly #readLocks: ReadLocks;
  readonly #locks: Locks | undefined;
  readonly #hints: HintChannel;
  readonly #leader: IdleLeader;
  readonly #poll: IdlePoll;
  readonly #waits: IdleWaits;
  /** The queues of groups that a consumer of this context has waited for. */
  readonly #groupQueues = new Set<string>();
  readonly #feed = new ChangeFeed((fields) => this.#hints.postNow(fields));
  #isSuspended = false;

  constructor({ database, locks, clock, chance, listener, readLocks }: HintNotifierOptions) {
    const name = `ackline:${database}`;
    const { scans } = listener;
    this.#listener = listener;
    this.#readLocks = readLocks;
    this.#locks = locks;
    this.#leader = new IdleLeader(
      locks,
      `${name}:turn:`,
      (channel) => this.wake(channel),
      // The next context in the line believes that it is alone until it receives a message.
      (channel) => channel === FIRST && this.#hints.postNow({}),
    );
    this.#poll = new IdlePoll({
      clock,
      leader: new IdleLeader(locks, `${name}:scan`, () => this.#poll.arm()),
      chance,
      isNeeded: () => !this.#isSuspended && scans.count > 0,
      scan: () => scans.scan(),
    });
    this.#waits = new IdleWaits({
      clock,
      scans,
      leader: this.#leader,
      poll: this.#poll,
      onUse: (isUsed) => (isUsed ? this.#hints.open() : this.#hints.closeWhenUnused()),
      onChannelUnused: () => listener.trim(),
    });
    this.#hints = new HintChannel({
      name,
      clock,
      isFirst: () => this.#leader.holds(FIRST),
      isNeeded: () => !this.#waits.isEmpty || this.#feed.isUsed,
      onOpen: () => this.#leader.request(FIRST),
      onClose: () => this.#noteClosed(),
      onHint: (hint) => this.#receive(hint),
    });
  }

  /** Opens the hint channel at the first call of the backend, because that takes a while. */
  open(): void {
    if (!this.#isSuspended) this.#hints.resume();
  }

  notify(channels: Iterable<string>): void {
    const names = [...channels];
    this.#follow(names);
    this.#hints.post(names);
    for (const channel of names) this.noteChanged(channel);
  }

  /** This context has changed the channel, perhaps in a way that wakes no consumer. */
  noteChanged(channel: string): void {
    this.#feed.note(channel);
  }

  /** Acts as after a hint, on a change that other contexts learn of by themselves. */
  noteChanges(channels: Iterable<string>): void {
    const names = [...channels];
    this.#note(names, 'invalidate');
    this.#follow(names);
  }

  /** This context has scanned the database. */
  announceScan(report: ScanReport | undefined): void {
    this.#poll.noteScanned();
    if (report && this.#poll.mustReport)
      this.#hints.postNow({ scan: { ...report, version: ROW_VERSION } });
  }

  /** This context has lost a claim to another context, which may not know that it competes. */
  announceContention(channel: string): void {
    this.#hints.postNow({ channels: [channel], rivals: true });
  }

  /** Every other context must read again before it decides anything. */
  requestReread(): void {
    this.#hints.postNow({ reread: true });
  }

  /** This context is about to read under a lock. It must then receive {@link requestReread} of other contexts. */
  listen(): void {
    this.#hints.use();
  }

  subscribe(channel: string, wake: () => void, pollIntervalMs: number): Subscription {
    if (groupOfQueue(channel) !== undefined) this.#groupQueues.add(channel);
    return this.#waits.subscribe(channel, wake, pollIntervalMs);
  }

  watch(channel: string, onChange: () => void): ChangeWatch {
    const watch = this.#feed.watch(channel, onChange);
    const stop = () => {
      watch.stop();
      if (!this.#feed.isUsed) this.#hints.closeWhenUnused();
    };
    return { ...watch, stop, mustPoll: () => !this.#hints.hasWire };
  }

  /** Whether a consumer of this context waits for the channel. */
  isWaitedFor(channel: string): boolean {
    return this.#waits.has(channel);
  }

  /** Wakes the consumers of this context that wait for the channel, whether it leads the channel or not. */
  wake(channel: string): void {
    this.#waits.wake(channel);
  }

  /** Finds events that came without a hint, by one scan for idle channels and by a claim for each other channel. */
  wakeAll(): void {
    const { scans } = this.#listener;
    const channels = this.#waits.channels().filter((channel) => !scans.isIdle(channel));
    this.#note(channels, 'invalidate');
    for (const channel of channels) this.wake(channel);
    this.#poll.scanNow();
    this.#feed.noteAll();
  }

  /** Receives no hints, and leads no channel, until it is resumed. */
  suspend(): void {
    this.#isSuspended = true;
    this.#hints.suspend();
    this.#leader.releaseAll();
    this.#poll.stop();
  }

  resume(): void {
    this.#isSuspended = false;
    this.open();
    this.#waits.requestLocks();
    this.wakeAll();
  }

  close(): void {
    this.suspend();
    this.#waits.close();
    this.#feed.noteAll();
  }

  #noteClosed(): void {
    this.#leader.release(FIRST);
    this.#readLocks.end();
  }

  #receive(hint: Hint | undefined): void {
    const { scans } = this.#listener;
    if (!hint) this.#listener.report({ type: 'hint-ignored', reason: NOT_A_HINT });
    else if (hint.reread) void this.#readLocks.renew();
    else if (hint.watched || hint.changed) this.#feed.receive(hint);
    else if (hint.scan) {
      const isUnderstood = hint.scan.version >= ROW_VERSION;
      if (isUnderstood) this.#poll.noteReported(scans.noteReported(hint.scan));
    } else if (hint.rivals) this.#note(hint.channels, 'noteContention');
    // Earlier versions report one channel at a time. This context scans for itself then.
    else if (hint.nothing === undefined) {
      this.#note(hint.channels, 'noteHint');
      this.#follow(hint.channels);
      if (hint.channels.length === 0) this.#answer();
      this.#feed.receive(hint);
    }
  }

  /**
   * Another context is new. It may hold the lock of the first context although this one was there before: it does not see the
   * locks of this one. Any message shows it that it is not alone, and this one has no answer.
   */
  #answer(): void {
    if (!sharedWithNewer(this.#locks)) this.#hints.postNow({ rivals: true });
  }

  #note(channels: readonly string[], what: keyof HintReceiver): void {
    for (const channel of this.#withGroups(channels)) this.#listener.receiverOf(channel)?.[what]();
  }

  #follow(channels: Iterable<string>): void {
    for (const channel of this.#withGroups(channels))
      if (this.#leader.isLeading(channel)) this.wake(channel);
  }

  /** A publish concerns the channel's groups, too. */
  #withGroups(channels: Iterable<string>): Iterable<string> {
    if (this.#groupQueues.size === 0) return channels;
    const names = new Set(channels);
    const concerned = [...this.#groupQueues].filter((queue) => names.has(channelOfQueue(queue)));
    return new Set([...names, ...concerned]);
  }
}
