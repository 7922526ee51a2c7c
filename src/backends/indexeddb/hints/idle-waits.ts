import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { Subscription } from '../../../queue/notifier.ts';
import type { IdleLeader } from './idle-leader.ts';
import { type IdlePoll, LATEST_SCAN } from './idle-poll.ts';
import { type IdleScans, sharedScanMs } from './idle-scans.ts';

/** One consumer's wait. */
interface IdleWait {
  readonly channel: string;
  readonly pollIntervalMs: number;
  wake: () => void;
  /** Takes the wait out of the idle poll. Undefined before the wait first rests. */
  leavePoll: Stop | undefined;
  /** The wait continues an earlier one that found nothing, so its consumer is expected to wait again. */
  readonly isContinued: boolean;
  /** Set while the wait is kept. */
  kept?: { readonly since: number; readonly stopTimer: Stop };
}

export interface IdleWaitsParts {
  readonly clock: Clock;
  readonly scans: Pick<IdleScans, 'knownDueAt'>;
  readonly leader: Pick<IdleLeader, 'request' | 'release'>;
  readonly poll: Pick<IdlePoll, 'add'>;
  /** The first wait has begun, or the last one has ended. */
  readonly onUse: (isUsed: boolean) => void;
  /** The last wait for a channel has ended. */
  readonly onChannelUnused: () => void;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The waits of this context's consumers, by channel. They decide which claims a waiting consumer can leave out.
 *
 * A wait is `claiming` when its consumer subscribes. It is `resting` once a claim found nothing: it counts in the idle
 * poll, and its context has requested the channel's leader lock. A consumer that ends a wait with nothing leaves it
 * `kept` for a poll interval, or until its next event is due. A consumer of the channel that subscribes meanwhile
 * continues a wait that was kept a moment ago. A wait ends at a stop without a due time, at a wake-up while it is
 * kept, and at the shutdown. Only its consumer and this class change it.
 *
 * Invariant: the context holds or requests the leader lock of exactly the channels that have a resting or kept wait.
 */
export class IdleWaits {
  readonly #parts: IdleWaitsParts;
  readonly #waits = new Map<string, Set<IdleWait>>();

  constructor(parts: IdleWaitsParts) {
    this.#parts = parts;
  }

  /** The channels that a consumer waits for. */
  channels(): string[] {
    return [...this.#waits.keys()];
  }

  has(channel: string): boolean {
    return this.#waits.has(channel);
  }

  get isEmpty(): boolean {
    return this.#waits.size === 0;
  }

  subscribe(channel: string, wake: () => void, pollIntervalMs: number): Subscription {
    const kept = this.#takeKept(channel, pollIntervalMs);
    const leavePoll = kept?.leavePoll;
    const wait: IdleWait = { channel, pollIntervalMs, wake, leavePoll, isContinued: !!kept };
    this.#add(wait);
    if (kept) this.#remove(kept);
    let isStopped = false;
    return {
      nextDueAt: (leftMs) => this.#nextDueAt(wait, leftMs),
      rest: () => this.#rest(wait),
      stop: (nextDueAt) => {
        if (isStopped) return;
        isStopped = true;
        this.#stop(wait, nextDueAt);
      },
    };
  }

  /** Wakes the consumers that wait for the channel, whether this context leads it or not. */
  wake(channel: string): void {
    for (const { wake } of [...(this.#waits.get(channel) ?? [])]) wake();
  }

  /** Requests the leader lock of each channel that has a resting wait, once the context is no longer suspended. */
  requestLocks(): void {
    for (const [channel, waits] of this.#waits)
      if (isResting(waits)) this.#parts.leader.request(channel);
  }

  /** Ends the kept waits. */
  close(): void {
    for (const waits of [...this.#waits.values()])
      for (const wait of [...waits]) if (wait.kept) this.#end(wait);
  }

  /**
   * A consumer that has rested trusts scans of other consumers and contexts, up to one poll interval. The last claim of a
   * wait that continues no other does not: its caller may not come back, and an event without a hint may be due.
   */
  #nextDueAt({ channel, pollIntervalMs, leavePoll, isContinued }: IdleWait, leftMs: number) {
    const trustsPoll = isContinued || (leavePoll && leftMs > 0);
    const maxAgeMs = trustsPoll ? pollIntervalMs * LATEST_SCAN : sharedScanMs(pollIntervalMs);
    return this.#parts.scans.knownDueAt(channel, maxAgeMs);
  }

  #rest(wait: IdleWait): boolean {
    wait.leavePoll ??= this.#parts.poll.add(wait.pollIntervalMs);
    return this.#parts.leader.request(wait.channel);
  }

  #stop(wait: IdleWait, nextDueAt: number | null | undefined): void {
    if (nextDueAt === undefined) return this.#end(wait);
    const { clock } = this.#parts;
    const now = clock.now();
    const keptMs = Math.min(wait.pollIntervalMs, (nextDueAt ?? NEVER) - now);
    if (keptMs <= 0) return this.#end(wait);
    // The leader lock must pass to another context when there is something to claim.
    wait.wake = () => this.#end(wait);
    wait.kept = { since: now, stopTimer: clock.after(keptMs, wait.wake) };
  }

  #takeKept(channel: string, pollIntervalMs: number): IdleWait | undefined {
    const now = this.#parts.clock.now();
    const maxAgeMs = sharedScanMs(pollIntervalMs);
    for (const wait of this.#waits.get(channel) ?? [])
      if (wait.kept && wait.pollIntervalMs === pollIntervalMs)
        if (Math.abs(now - wait.kept.since) < maxAgeMs) return wait;
    return undefined;
  }

  #add(wait: IdleWait): void {
    if (this.isEmpty) this.#parts.onUse(true);
    const waits = this.#waits.get(wait.channel) ?? new Set();
    this.#waits.set(wait.channel, waits.add(wait));
  }

  #end(wait: IdleWait): void {
    if (!this.#remove(wait)) return;
    wait.leavePoll?.();
    const { leader, onChannelUnused, onUse } = this.#parts;
    const waits = this.#waits.get(wait.channel);
    if (!waits || !isResting(waits)) leader.release(wait.channel);
    if (waits) return;
    onChannelUnused();
    if (this.isEmpty) onUse(false);
  }

  /** Returns false or undefined where the wait was removed before. */
  #remove(wait: IdleWait): boolean | undefined {
    wait.kept?.stopTimer();
    const waits = this.#waits.get(wait.channel);
    const isRemoved = waits?.delete(wait);
    if (waits?.size === 0) this.#waits.delete(wait.channel);
    return isRemoved;
  }
}

function isResting(waits: ReadonlySet<IdleWait>): boolean {
  return [...waits].some(({ leavePoll }) => leavePoll);
}
