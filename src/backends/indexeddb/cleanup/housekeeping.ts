import type { Runtime, Stop } from '../../../core/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import { markIdle } from '../claims/next-epoch.ts';
import type { Connection } from '../database/connection.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  ofQueue,
  requestClaims,
  storedLowWater,
} from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { DeadLetterCap } from './dead-letter-cap.ts';
import { GuardRowCleanup } from './guard-rows.ts';
import type { SpentSegments } from './spent-segments.ts';
import { sweepSegments } from './sweep-segments.ts';

/** So long after nothing was due in a queue it is cleared up: what was settled is gone by then, see spent-segments.ts. */
const CLEARED_AFTER_MS = 250;
/** Guards that may not go yet are looked at again after so long. */
const GUARDS_AFTER_MS = 60_000;
/** A step waits so long at the most for claims that are under way. */
const LONGEST_PAUSE_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface HousekeepingOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly deadLetterCap: DeadLetterCap;
  readonly spentSegments: SpentSegments;
  /** Whether this context has used the queue lately. */
  readonly isUsed: (queue: string) => boolean;
  readonly onFault: (queue: string, error: unknown) => void;
}

/**
 * Clears away what is left of queues in which nothing is due: surplus dead letters, guards, segments of which several
 * contexts had a part each. One queue after the other, in steps that each read and delete a bounded number of rows; a
 * step begins when no claim of this context is under way.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #guards: GuardRowCleanup;
  /** By queue, when it is to be cleared up. */
  readonly #agenda = new Map<string, number>();
  /** By queue, how it stood when it was cleared up, as far as nothing has happened here since. */
  readonly #tidy = new Map<string, string>();
  /** By queue, the first segment that a sweep may have to look at. */
  readonly #swept = new Map<string, number>();
  #claimCount = 0;
  #onClaimed: (() => void) | undefined;
  #stopTimer: Stop | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#guards = new GuardRowCleanup(options);
  }

  /** A look found nothing due. */
  noteIdle(snapshot: QueueSnapshot): void {
    const { queue } = snapshot;
    if (this.#tidy.get(queue) === stateOf(snapshot) || this.#agenda.has(queue)) return;
    this.#enter(queue, CLEARED_AFTER_MS);
  }

  /** Events were claimed by `view`. */
  noteTaken({ queue, newest }: QueueSnapshot): void {
    this.noteChanged(queue);
    this.#guards.note(newest);
  }

  /** Something was claimed or settled. */
  noteChanged(queue: string): void {
    this.#tidy.delete(queue);
  }

  /** A claim: meanwhile no step begins. */
  async during<T>(claim: Promise<T>): Promise<T> {
    this.#claimCount += 1;
    try {
      return await claim;
    } finally {
      this.#claimCount -= 1;
      if (this.#claimCount === 0) this.#onClaimed?.();
    }
  }

  /** Drops dead letters of queues in which very many were buried since they were counted. */
  async dropOverdue(): Promise<void> {
    const { deadLetterCap, onFault } = this.#options;
    for (const queue of deadLetterCap.overdue)
      await deadLetterCap.drop(queue).catch((error: unknown) => onFault(queue, error));
  }

  /** Resolves when no work is under way. What is due later is not waited for. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** This context does not use the queue any longer. */
  drop(queue: string): void {
    if (this.#options.deadLetterCap.hasUncounted(queue)) this.#enter(queue, CLEARED_AFTER_MS);
    this.#forgetUnused(queue);
  }

  /** The database may be another one. */
  clear(): void {
    this.#agenda.clear();
    this.#tidy.clear();
    this.#swept.clear();
    this.#guards.forget();
    this.#arm();
  }

  /** Begins no further step. */
  close(): void {
    this.#isClosed = true;
    this.#guards.close();
    this.clear();
    this.#onClaimed?.();
  }

  #enter(queue: string, afterMs: number): void {
    this.#agenda.set(queue, this.#options.clock.now() + afterMs);
    if (!this.#stopTimer) this.#arm();
  }

  /** By one timer, for the first of them. */
  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#working || this.#agenda.size === 0) return;
    const { clock } = this.#options;
    const firstAt = [...this.#agenda.values()].reduce((least, dueAt) => Math.min(least, dueAt));
    const ms = Math.min(Math.max(0, firstAt - clock.now()), GUARDS_AFTER_MS);
    this.#stopTimer = clock.after(ms, () => {
      this.#stopTimer = undefined;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        this.#arm();
      });
    });
  }

  async #work(): Promise<void> {
    for (let queue = this.#nextDue(); queue !== undefined; queue = this.#nextDue()) {
      await this.#untilNoClaim();
      if (this.#isClosed) return;
      this.#agenda.delete(queue);
      try {
        const againAt = await this.#clearUp(queue);
        if (againAt < NEVER && !this.#isClosed) this.#agenda.set(queue, againAt);
      } catch (error) {
        this.#tidy.delete(queue);
        // After the shutdown it fails since the database is closed.
        if (!this.#isClosed) this.#options.onFault(queue, error);
      }
      this.#forgetUnused(queue);
    }
  }

  /** Keeps nothing of a queue that is neither used nor to be cleared up. */
  #forgetUnused(queue: string): void {
    const { deadLetterCap, isUsed } = this.#options;
    if (this.#agenda.has(queue) || isUsed(queue)) return;
    for (const known of [this.#tidy, this.#swept, deadLetterCap]) known.delete(queue);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #nextDue(): string | undefined {
    const now = this.#now();
    for (const [queue, dueAt] of this.#agenda)
      if (dueAt <= now || dueAt - now > GUARDS_AFTER_MS) return queue;
    return undefined;
  }

  async #untilNoClaim(): Promise<void> {
    if (this.#claimCount === 0) return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      this.#onClaimed = resolve;
      this.#stopTimer = clock.after(LONGEST_PAUSE_MS, resolve);
    });
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#onClaimed = undefined;
  }

  /** One step; answers when the next one is due. */
  async #clearUp(queue: string): Promise<number> {
    const { connection, deadLetterCap, spentSegments } = this.#options;
    if (await deadLetterCap.drop(queue)) return this.#now();
    const snapshot = await viewClaims(connection, queue);
    this.#tidy.set(queue, stateOf(snapshot));
    this.#guards.note(await markIdle(connection, snapshot, this.#now()));
    // A sweep would do what is done soon, one event at a time.
    if (spentSegments.isPending(queue)) return this.#now() + CLEARED_AFTER_MS;
    const swept = await sweepSegments(connection, snapshot, this.#swept.get(queue) ?? 0);
    this.#swept.set(queue, swept.sweptSeq);
    spentSegments.noteSwept(queue, swept.sweptSeq, swept.spent);
    if (swept.isCut) return this.#now();
    return (await hasGuards(connection, queue)) ? snapshot.stamp.at + GUARDS_AFTER_MS : NEVER;
  }
}

/** Other when anything was claimed or settled, by whichever context. */
function stateOf({ newest, openEpochs }: QueueSnapshot): string {
  return `${newest.epoch} ${openEpochs.length}`;
}

/** Who holds what of a queue, without the events that wait. */
async function viewClaims(connection: Connection, queue: string): Promise<QueueSnapshot> {
  const stamp = await connection.stamp();
  const from = await storedLowWater(connection, queue);
  const found = await connection.read(CLAIM_STORES, (tx) => requestClaims(tx, queue, from));
  const nothing = { due: [], ahead: [], nextReturnAt: null, segments: [] };
  return { ...claimTableOf(queue, found, from), queue, stamp, ...nothing };
}

/** Whether more is left than the one guard that each queue keeps. */
async function hasGuards(connection: Connection, queue: string): Promise<boolean> {
  const { epochs, endings } = await connection.read(['epochs', 'endings'], (tx) => ({
    epochs: tx.objectStore('epochs').getAllKeys(ofQueue(queue), 2),
    endings: tx.objectStore('endings').getAllKeys(ofQueue(queue), 1),
  }));
  return epochs.result.length > 1 || endings.result.length > 0;
}
