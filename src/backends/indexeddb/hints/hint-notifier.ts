import type { ObserverEvent } from '../../../core/observer.ts';
import type { Runtime, Stop } from '../../../core/runtime.ts';
import type { Locks } from '../../../platform/locks.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { Notifier, Subscription } from '../../../queue/notifier.ts';
import type { ReadLocks } from '../database/read-locks.ts';
import { ROW_VERSION } from '../schema/schema.ts';
import { type Hint, HintChannel } from './hint-channel.ts';
import { IdleLeader } from './idle-leader.ts';
import { IdlePoll } from './idle-poll.ts';
import type { IdleScans, ScanReport } from './idle-scans.ts';

/** No channel's name: its turn goes to whoever of all contexts came first. */
const FIRST = '';

const NOT_A_HINT = 'not a hint of a known version';

/** One consumer that waits. */
interface Sleeper {
  readonly wake: () => void;
  /** Set while it counts as one that waits. */
  stopWatch: Stop | undefined;
}

/** Knows one channel, and is told what may have changed that. */
export interface HintReceiver {
  /** What is known may no longer be so. */
  invalidate(): void;
  /** Another context has added something, or something waits again; also told where nobody waits. */
  noteHint(): void;
  /** Another context has lost a claim to somebody: perhaps to this one. */
  noteContention(): void;
}

/** The store, as far as hints concern it. */
export interface HintListener {
  readonly scans: IdleScans;
  receiverOf(channel: string): HintReceiver | undefined;
  /** No consumer waits for a channel any longer. */
  trim(): void;
  report(event: ObserverEvent): void;
}

/**
 * Hints to all contexts of the origin. Of the idle contexts one follows the hints for a channel, see idle-leader.ts: the
 * consumers of the others look when the turn comes to their context, or at their next poll. That nothing came without
 * a hint is found out by one scan for all channels and contexts, see idle-poll.ts.
 */
export class HintNotifier implements Notifier {
  readonly #listener: HintListener;
  readonly #views: ReadLocks;
  readonly #wire: HintChannel;
  readonly #turns: IdleLeader;
  readonly #watch: IdlePoll;
  readonly #sleepers = new Map<string, Set<Sleeper>>();
  #isSuspended = false;

  constructor(
    database: string,
    locks: Locks | undefined,
    runtime: Runtime,
    listener: HintListener,
    views: ReadLocks,
    clock: Clock = runtime,
  ) {
    const name = `ackline:${database}`;
    const { scans } = listener;
    this.#listener = listener;
    this.#views = views;
    this.#turns = new IdleLeader(
      locks,
      `${name}:turn:`,
      (channel) => this.wake(channel),
      // The next context in line takes itself for the only one unless it receives something.
      (channel) => channel === FIRST && this.#wire.sayHello(),
    );
    this.#watch = new IdlePoll({
      clock,
      turns: new IdleLeader(locks, `${name}:scan`, () => this.#watch.arm()),
      chance: runtime.random(),
      isNeeded: () => !this.#isSuspended && scans.count > 0,
      scan: () => scans.scan(),
    });
    const isFirst = () => this.#turns.holds(FIRST);
    this.#wire = new HintChannel(name, isFirst, (hint) => this.#hear(hint));
  }

  /** Hears from now on, and is heard: not before, since it takes a while to set up. */
  open(): void {
    if (this.#isSuspended) return;
    this.#wire.open();
    this.#turns.request(FIRST);
    this.#wire.sayHello();
  }

  notify(channels: Iterable<string>): void {
    const names = [...channels];
    this.#follow(names);
    this.#wire.post(names);
  }

  /** As if there had been a hint, for what only this context knows; what was seen of the channels may no longer be so. */
  hear(channels: Iterable<string>): void {
    const names = [...channels];
    this.#tell(names, 'invalidate');
    this.#follow(names);
  }

  /** This context has scanned the database; `report` is undefined where that tells others nothing. */
  announceScan(report: ScanReport | undefined): void {
    this.#watch.noteScanned();
    if (report) this.#wire.postScan(report);
  }

  /** This context has lost a claim to another, which may not have noticed. */
  announceContention(channel: string): void {
    this.#wire.postRivals(channel);
  }

  /** All other contexts are to read again before they decide anything. */
  requestReread(): void {
    this.#wire.postReread();
  }

  subscribe(channel: string, wake: () => void): Subscription {
    const sleeper: Sleeper = { wake, stopWatch: undefined };
    const sleepers = this.#sleepers.get(channel) ?? new Set();
    this.#sleepers.set(channel, sleepers.add(sleeper));
    return {
      rest: (pollIntervalMs) => {
        sleeper.stopWatch ??= this.#watch.add(pollIntervalMs);
        return this.#turns.request(channel);
      },
      stop: () => this.#stop(channel, sleeper),
    };
  }

  /** Whether a consumer of this context waits for the channel. */
  isWaitedFor(channel: string): boolean {
    return this.#sleepers.has(channel);
  }

  /** The consumers of this context that wait for the channel look again, whichever context leads. */
  wake(channel: string): void {
    for (const { wake } of [...(this.#sleepers.get(channel) ?? [])]) wake();
  }

  /** One scan tells for all channels that were idle; consumers of the others look again, whichever context leads. */
  wakeAll(): void {
    const { scans } = this.#listener;
    const channels = [...this.#sleepers.keys()].filter((channel) => !scans.isIdle(channel));
    this.#tell(channels, 'invalidate');
    for (const channel of channels) this.wake(channel);
    this.#watch.scanNow();
  }

  /** Hears nothing, and leads nobody. */
  suspend(): void {
    this.#isSuspended = true;
    this.#wire.close();
    this.#turns.releaseAll();
    this.#watch.stop();
  }

  resume(): void {
    this.#isSuspended = false;
    this.open();
    for (const [channel, sleepers] of this.#sleepers)
      if (isWaiting(sleepers)) this.#turns.request(channel);
    this.wakeAll();
  }

  close(): void {
    this.suspend();
  }

  #hear(hint: Hint | undefined): void {
    const { scans } = this.#listener;
    if (!hint) this.#listener.report({ type: 'hint-ignored', reason: NOT_A_HINT });
    else if (hint.reread) void this.#views.renew();
    else if (hint.scan) {
      const isUnderstood = hint.scan.version >= ROW_VERSION;
      if (isUnderstood && scans.noteReported(hint.scan)) this.#watch.noteReported();
    } else if (hint.rivals) this.#tell(hint.channels, 'noteContention');
    // Contexts of earlier versions tell so of one channel at a time: this one scans for itself.
    else if (hint.nothing === undefined) this.#hearNews(hint.channels);
  }

  #hearNews(channels: readonly string[]): void {
    this.#tell(channels, 'noteHint');
    this.#follow(channels);
  }

  #tell(channels: readonly string[], what: keyof HintReceiver): void {
    for (const channel of channels) this.#listener.receiverOf(channel)?.[what]();
  }

  #follow(channels: Iterable<string>): void {
    for (const channel of channels) if (this.#turns.isLeading(channel)) this.wake(channel);
  }

  #stop(channel: string, sleeper: Sleeper): void {
    const sleepers = this.#sleepers.get(channel);
    if (!sleepers?.delete(sleeper)) return;
    sleeper.stopWatch?.();
    if (!isWaiting(sleepers)) this.#turns.release(channel);
    if (sleepers.size > 0) return;
    this.#sleepers.delete(channel);
    this.#listener.trim();
  }
}

function isWaiting(sleepers: ReadonlySet<Sleeper>): boolean {
  return [...sleepers].some(({ stopWatch }) => stopWatch);
}
