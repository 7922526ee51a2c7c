import type { Stop } from '../../../core/runtime/runtime.ts';
import { markIdle } from '../claims/next-epoch.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { EpochRow } from '../schema/schema.ts';
import { ClaimsInProgress } from './claims-in-progress.ts';
import { deleteEndedResults } from './ended-results.ts';
import { deleteEndedWindows } from './ended-windows.ts';
import { GuardRowCleanup, hasGuardRows } from './guard-rows.ts';
import type { HousekeepingOptions } from './housekeeping-options.ts';
import { readClaims } from './read-claims.ts';
import { sweepSegments } from './sweep-segments.ts';

/** Time from an empty scan of a queue to its first step. Spent segments are deleted by then, see spent-segments.ts. */
const FIRST_STEP_AFTER_MS = 250;
/** Time to the next step of a queue that has guard rows left. */
const NEXT_STEP_AFTER_MS = 60_000;
const NEVER = Number.POSITIVE_INFINITY;

/** Entries of the agenda that are no queues: the guard rows of all queues, and ids of callers whose windows have ended. */
const GUARD_ROWS = '';
const PUBLISHED_IDS = '\x01';
/** The results of events whose retention has passed. */
const RESULTS = '\x02';
/**
 * The check of this context's leases in all queues, each minute while it holds any. A lease is taken back at the second check
 * after it could be taken over: until then a late settlement succeeds, also after the device slept.
 */
const LEASES = '\0';

/**
 * Deletes rows that no context needs: surplus dead letters, guard rows, and segments whose events several contexts settled.
 * Takes back the leases of this context that have run out.
 *
 * A queue is put on the agenda when a scan finds nothing due in it. One timer runs the steps of all queues, one after the
 * other. Each step reads and deletes a bounded number of rows, and begins when no claim of this context is in progress.
 * Guard rows of busy queues are deleted on the same timer. Claims only report what they did, and start no work.
 */
export class Housekeeping {
  /** No step begins while one of these is in progress. */
  readonly claims: ClaimsInProgress;
  readonly #options: HousekeepingOptions;
  readonly #guards: GuardRowCleanup;
  /** By queue, when its next step is due. */
  readonly #agenda = new Map<string, number>();
  /** By queue, its state at its last step, if this context has changed nothing since. */
  readonly #tidy = new Map<string, string>();
  /** By queue, the first segment that a sweep may have to read. */
  readonly #swept = new Map<string, number>();
  #stopTimer: Stop | undefined;
  #working: Promise<void> | undefined;
  #lastCheckAt = 0;
  #isClosed = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.claims = new ClaimsInProgress(options.clock);
    this.#guards = new GuardRowCleanup({
      ...options,
      onFault: (queue, error) => this.#report(queue, error),
    });
  }

  /** A scan found nothing due. */
  noteIdle(snapshot: QueueSnapshot): void {
    const { queue } = snapshot;
    if (this.#tidy.get(queue) === stateOf(snapshot) || this.#agenda.has(queue)) return;
    this.#schedule(queue, this.#now() + FIRST_STEP_AFTER_MS);
  }

  /** Events were claimed, based on this snapshot. */
  noteClaimed({ queue, newest }: QueueSnapshot): void {
    this.noteChanged(queue);
    this.noteNewest(newest);
    if (!this.#agenda.has(LEASES)) this.#scheduleLeases();
  }

  /** This context has stored ids of callers. */
  notePublishedIds(): void {
    if (!this.#agenda.has(PUBLISHED_IDS))
      this.#schedule(PUBLISHED_IDS, this.#now() + NEXT_STEP_AFTER_MS);
  }

  /** Events of the queue were claimed or settled. `hasResults`: the results of some of them may be kept. */
  noteChanged(queue: string, hasResults = false): void {
    if (hasResults && !this.#agenda.has(RESULTS))
      this.#schedule(RESULTS, this.#now() + NEXT_STEP_AFTER_MS);
    this.#tidy.delete(queue);
    if (this.#options.settler.isHolding || !this.#agenda.delete(LEASES)) return;
    this.#arm();
  }

  /**
   * Drops dead letters of queues that got very many of them since the last count. Settlements wait for this, so that a
   * context that rejects events faster than they are dropped is slowed down.
   */
  async dropOverdue(): Promise<void> {
    const { deadLetterCap, onFault } = this.#options;
    for (const queue of deadLetterCap.overdue)
      await deadLetterCap.drop(queue).catch((error: unknown) => onFault(queue, error));
  }

  /** Resolves when no step is in progress. It does not wait for steps that are due later. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** To be called when this context no longer uses the queue. */
  drop(queue: string): void {
    if (this.#options.deadLetterCap.hasUncounted(queue))
      this.#schedule(queue, this.#now() + FIRST_STEP_AFTER_MS);
    this.#forgetUnused(queue);
  }

  /** To be called when another database may be in use. */
  clear(): void {
    this.#agenda.clear();
    this.#tidy.clear();
    this.#swept.clear();
    this.#guards.forget();
    this.#arm();
  }

  /** Ends all work: no further step begins. */
  close(): void {
    this.#isClosed = true;
    this.clear();
    this.claims.close();
  }

  /** The row was read or added as the newest epoch of its queue. */
  noteNewest(row: EpochRow): void {
    const dueAt = this.#guards.note(row);
    if (dueAt !== undefined && !this.#agenda.has(GUARD_ROWS)) this.#schedule(GUARD_ROWS, dueAt);
  }

  #schedule(queue: string, dueAt: number): void {
    this.#agenda.set(queue, dueAt);
    this.#arm();
  }

  /** Sets the timer for the earliest step. */
  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    let firstAt = NEVER;
    for (const dueAt of this.#agenda.values()) firstAt = Math.min(firstAt, dueAt);
    // A step that ends after the shutdown may have scheduled another one.
    if (this.#isClosed || this.#working || firstAt === NEVER) return;
    const ms = Math.min(Math.max(0, firstAt - this.#now()), NEXT_STEP_AFTER_MS);
    this.#stopTimer = this.#options.clock.after(ms, () => {
      this.#stopTimer = undefined;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        this.#arm();
      });
    });
  }

  async #work(): Promise<void> {
    for (let queue = this.#nextDue(); queue !== undefined; queue = this.#nextDue()) {
      await this.claims.pause();
      if (this.#isClosed) return;
      this.#agenda.delete(queue);
      try {
        const againAt = await this.#step(queue);
        if (againAt < NEVER && !this.#isClosed) this.#agenda.set(queue, againAt);
      } catch (error) {
        this.#tidy.delete(queue);
        this.#report(queue, error);
      }
      this.#forgetUnused(queue);
    }
  }

  /** Forgets a queue that this context does not use and that is not on the agenda. */
  #forgetUnused(queue: string): void {
    const { deadLetterCap, isUsed } = this.#options;
    if (this.#agenda.has(queue) || isUsed(queue)) return;
    for (const known of [this.#tidy, this.#swept, deadLetterCap]) known.delete(queue);
  }

  /** After shutdown steps fail because the database is closed, which is no fault. */
  #report(queue: string, error: unknown): void {
    if (!this.#isClosed) this.#options.onFault(queue, error);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #nextDue(): string | undefined {
    const now = this.#now();
    // A time that is too far ahead is due, too: the clock was set back.
    for (const [queue, dueAt] of this.#agenda)
      if (dueAt <= now || dueAt - now > NEXT_STEP_AFTER_MS) return queue;
    return undefined;
  }

  /** One step. Resolves with the time when the next step of the queue is due. */
  async #step(queue: string): Promise<number> {
    const { connection, deadLetterCap, settler, spentSegments } = this.#options;
    if (queue === PUBLISHED_IDS) return deleteEndedWindows(connection, this.#now());
    if (queue === RESULTS) return deleteEndedResults(connection, this.#now());
    if (queue === GUARD_ROWS || queue === LEASES) {
      if (queue === LEASES) this.#checkLeases();
      else this.#guards.begin();
      return NEVER;
    }
    if (await deadLetterCap.drop(queue)) return this.#now();
    const snapshot = await readClaims(connection, queue);
    if (await settler.takeBack(snapshot, () => this.claims.pause())) return this.#now();
    this.#tidy.set(queue, stateOf(snapshot));
    this.noteNewest(await markIdle(connection, snapshot, this.#now()));
    // These segments are about to be deleted. A sweep would only do the same.
    if (spentSegments.isPending(queue)) return this.#now() + FIRST_STEP_AFTER_MS;
    const swept = await sweepSegments(connection, snapshot, this.#swept.get(queue) ?? 0);
    // Another database may be in use since.
    if (snapshot.stamp.period !== connection.period) return this.#now();
    this.#swept.set(queue, swept.sweptSeq);
    spentSegments.noteSwept(queue, swept.sweptSeq, swept.spent);
    if (swept.isCut) return this.#now();
    return (await hasGuardRows(connection, queue)) ? snapshot.stamp.at + NEXT_STEP_AFTER_MS : NEVER;
  }

  #scheduleLeases(): void {
    this.#lastCheckAt = this.#now();
    this.#schedule(LEASES, this.#lastCheckAt + NEXT_STEP_AFTER_MS);
  }

  /** Puts the queues on the agenda in which leases of this context could be taken over at the last check. */
  #checkLeases(): void {
    const { settler } = this.#options;
    const now = this.#now();
    for (const queue of settler.abandonedAt(Math.min(this.#lastCheckAt, now)))
      this.#agenda.set(queue, now);
    if (settler.isHolding) this.#scheduleLeases();
  }
}

/** A string that changes when any context claims or settles events of the queue, and with the database. */
function stateOf({ newest, openEpochs, stamp }: QueueSnapshot): string {
  return `${stamp.period} ${newest.epoch} ${openEpochs.length}`;
}
