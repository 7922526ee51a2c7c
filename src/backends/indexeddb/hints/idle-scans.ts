import { CLOCK_TOLERANCE_MS } from '../../../core/runtime/clock-shift.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { Connection } from '../database/connection.ts';
import { type DatabaseScan, scanDatabase } from '../scanning/database-scan.ts';
import { MAX_REPORTED_INTERVALS } from './idle-poll.ts';

/** How often a scan ignores everything that was known before. */
const FULL_SCAN_MS = 60_000;

/** With this many queue scans in progress, further queues are covered by one database scan. */
const CROWD = 4;

/** The largest number of entries in a report to other contexts. */
const MAX_REPORT_ENTRIES = 64;

/** The share of its poll interval by which a consumer's first claim may rely on an older scan, and the maximum. */
const SHARED_SCAN_SHARE = 1 / 40;
const MAX_SHARED_SCAN_MS = 25;

const NEVER = Number.POSITIVE_INFINITY;

/** A queue without a due event, and without an event that a context holds. */
interface IdleQueue {
  /** A segment with this number or a higher one is new. */
  from: number;
  /** When the first waiting event is due. */
  readonly returnsAt: number;
  /** When this context last scanned the queue. */
  scannedAt: number;
  /** When another context last reported the same state. */
  reportedAt: number;
}

/** What one context's scan found, for the other contexts. */
export interface ScanReport {
  readonly nextSeq: number;
  /** When the first waiting event of each queue is due. -1: a context holds a delayed event of the queue. */
  readonly firstDueAt: readonly (readonly [queue: string, dueAt: number])[];
}

export interface IdleScansOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** A scan found a change in a queue that was idle. */
  readonly onNews: (queue: string) => void;
  /** This context has scanned. The report is undefined where other contexts could conclude nothing from it. */
  readonly onScanned: (report: ScanReport | undefined) => void;
}

/**
 * How old a scan may be to replace the first claim of a consumer with this poll interval. Consumers that begin at the same
 * time share a scan. A lost hint then delays an event by this much more than a poll interval.
 */
export function sharedScanMs(pollIntervalMs: number): number {
  return Math.min(MAX_SHARED_SCAN_MS, pollIntervalMs * SHARED_SCAN_SHARE);
}

/**
 * Knows which queues are idle, and finds out by one scan of the database whether they still are.
 *
 * A queue is *unknown*, *scanned* (a claim reads it now), *requested* (the next database scan covers it) or *idle*. It
 * becomes idle when a scan finds nothing and nothing changed meanwhile. `noteChange` makes it unknown: it is called for
 * each hint, publish and claim. A database scan that finds a change does the same.
 *
 * Invariant: when an idle queue was last scanned, no context held any of its events. Everything that came since has a
 * segment from `from` on, or a row in `returned` or `late`. So a database scan finds it.
 */
export class IdleScans {
  readonly #options: IdleScansOptions;
  readonly #idle = new Map<string, IdleQueue>();
  readonly #requested = new Map<string, IdleQueue>();
  /** For each queue that a claim reads, the first segment that the last database scan did not cover. */
  readonly #scanned = new Map<string, number>();
  /** The queue of each delayed event that a context holds, by event id. */
  readonly #lateQueues = new Map<string, string>();
  #nextSeq = 0;
  #fullAt = -NEVER;
  #queueScanCount = 0;
  /** The callers that `nextDueAt` has sent to scan their queue, and that have not begun yet. */
  #announcedCount = 0;
  /** The database scan that has not begun yet, and the one that ends last. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: IdleScansOptions) {
    this.#options = options;
  }

  /** The number of idle queues. */
  get count(): number {
    return this.#idle.size;
  }

  isIdle(queue: string): boolean {
    return this.#idle.has(queue);
  }

  /** When the next event of the queue is due, if the queue was idle less than `maxAgeMs` ago. Undefined otherwise. */
  knownDueAt(queue: string, maxAgeMs: number): number | null | undefined {
    const idle = this.#idle.get(queue);
    const now = this.#options.clock.now();
    if (!idle || now >= idle.returnsAt) return undefined;
    const agoMs = Math.abs(now - idle.scannedAt);
    const isReported =
      agoMs < maxAgeMs * MAX_REPORTED_INTERVALS && Math.abs(now - idle.reportedAt) < maxAgeMs;
    return agoMs < maxAgeMs || isReported ? dueOf(idle) : undefined;
  }

  /**
   * When the next event of the queue is due, by a recent scan or by a new database scan. Undefined if the caller must
   * scan the queue: it is not known to be idle and few queue scans are in progress, or the consumer does not wait.
   */
  async nextDueAt(queue: string, pollIntervalMs: number): Promise<number | null | undefined> {
    const knownDueAt = this.knownDueAt(queue, sharedScanMs(pollIntervalMs));
    if (knownDueAt !== undefined) return knownDueAt;
    const known = this.#idle.get(queue);
    if (known && pollIntervalMs === 0) return undefined;
    if (!known && this.#queueScanCount + this.#announcedCount < CROWD) {
      this.#announcedCount += 1;
      return undefined;
    }
    if (known && this.#options.clock.now() >= known.returnsAt) return undefined;
    if (!known) this.#requested.set(queue, unknownQueue());
    await this.scan();
    const idle = this.#idle.get(queue);
    return idle && dueOf(idle);
  }

  /** Runs a scan of one queue. `noteIdle` may follow it. */
  async duringScan<T>(queue: string, scan: () => Promise<T>): Promise<T> {
    this.noteChange(queue);
    this.#scanned.set(queue, this.#nextSeq);
    this.#queueScanCount += 1;
    this.#announcedCount = Math.max(0, this.#announcedCount - 1);
    try {
      return await scan();
    } finally {
      this.#queueScanCount -= 1;
    }
  }

  /** The scan of the queue found nothing due. It covered all segments below `from`. */
  noteIdle(queue: string, from: number, returnsAt: number | null, scannedAt: number): void {
    const nextSeq = this.#scanned.get(queue);
    if (nextSeq === undefined) return;
    this.#scanned.delete(queue);
    this.#idle.set(queue, {
      from: Math.max(from, nextSeq),
      returnsAt: returnsAt ?? NEVER,
      scannedAt,
      reportedAt: -NEVER,
    });
  }

  /** The queue has changed, or may have. */
  noteChange(queue: string): void {
    this.#idle.delete(queue);
    this.#requested.delete(queue);
    this.#scanned.delete(queue);
  }

  /** Another database may have taken the place of the one that was scanned. */
  clear(): void {
    this.#idle.clear();
    this.#requested.clear();
    this.#scanned.clear();
    this.#lateQueues.clear();
    this.#nextSeq = 0;
    this.#fullAt = -NEVER;
  }

  /** Scans for all idle and requested queues. Calls that come before a scan begins share it. */
  scan(): Promise<void> {
    this.#next ??= this.#last.catch(ignore).then(() => this.#scan());
    this.#last = this.#next;
    return this.#next;
  }

  /** Another context has scanned. Returns whether its report confirms every idle queue of this context. */
  noteReported({ nextSeq, firstDueAt }: ScanReport): boolean {
    const now = this.#options.clock.now();
    const reported = new Map(firstDueAt);
    let isAll = true;
    for (const [queue, idle] of this.#idle) {
      const isSame = (reported.get(queue) ?? NEVER) === idle.returnsAt && nextSeq <= idle.from;
      if (isSame) idle.reportedAt = now;
      else isAll = false;
    }
    return isAll;
  }

  async #scan(): Promise<void> {
    const { connection, onScanned } = this.#options;
    const { at, period } = await connection.stamp().finally(() => {
      this.#next = undefined;
    });
    const queues = [...this.#idle, ...this.#requested];
    if (queues.length === 0) return;
    const isFull = Math.abs(at - this.#fullAt) >= FULL_SCAN_MS;
    const from = new Map(queues.map(([queue, idle]) => [queue, isFull ? 0 : idle.from]));
    const scan = await scanDatabase(connection, from, this.#lateQueues);
    // Another database may be in use since. What it has found says nothing about that one.
    if (period !== connection.period) return;
    if (isFull) this.#fullAt = at;
    this.#nextSeq = Math.max(this.#nextSeq, scan.nextSeq);
    for (const [queue, idle] of queues) this.#note(queue, idle, scan, at);
    onScanned(reportOf(scan, this.#lateQueues.values()));
  }

  #note(queue: string, idle: IdleQueue, scan: DatabaseScan, at: number): void {
    const wasIdle = this.#idle.get(queue) === idle;
    // The queue has changed while the scan ran.
    if (!wasIdle && this.#requested.get(queue) !== idle) return;
    this.#requested.delete(queue);
    const isSame =
      !scan.touched.has(queue) && (scan.firstDueAt.get(queue) ?? NEVER) === idle.returnsAt;
    const isSetBack = idle.returnsAt < NEVER && idle.scannedAt - at > CLOCK_TOLERANCE_MS;
    if (isSame && !isSetBack && at < idle.returnsAt && (wasIdle || scan.isLateKnown)) {
      idle.from = scan.nextSeq;
      idle.scannedAt = at;
      this.#idle.set(queue, idle);
      return;
    }
    this.#idle.delete(queue);
    if (wasIdle) this.#options.onNews(queue);
  }
}

/** Every event of the queue is new to a scan. */
function unknownQueue(): IdleQueue {
  return { from: 0, returnsAt: NEVER, scannedAt: -NEVER, reportedAt: -NEVER };
}

function dueOf({ returnsAt }: IdleQueue): number | null {
  return returnsAt === NEVER ? null : returnsAt;
}

/** Undefined where the scan did not cover the whole database. */
function reportOf(
  { firstDueAt, isLateKnown, isWhole, nextSeq }: DatabaseScan,
  lateQueues: Iterable<string>,
): ScanReport | undefined {
  if (!isWhole || !isLateKnown) return undefined;
  const held = [...lateQueues].map((queue) => [queue, -1] as const);
  const entries = [...firstDueAt, ...held];
  return entries.length <= MAX_REPORT_ENTRIES ? { nextSeq, firstDueAt: entries } : undefined;
}
