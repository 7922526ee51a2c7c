import { CLOCK_TOLERANCE_MS } from '../../../core/clock-shift.ts';
import { ignore } from '../../../core/ignore.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { Connection } from '../database/connection.ts';
import { type DatabaseScan, scanDatabase } from '../scanning/database-scan.ts';

/** So often a scan goes by nothing that was known before. */
const FULL_SCAN_MS = 60_000;

/** What other contexts tell of their scans counts for so many times as long as one own scan: a message carries no truth. */
const MOST_TOLD = 10;

/** Where so many queues are being looked at, others are looked at by one scan first. */
const CROWD = 4;

/** Of what other contexts are told, the most entries. */
const MOST_ENTRIES = 64;

const NEVER = Number.POSITIVE_INFINITY;

/** A queue that has nothing to be claimed, and of which nobody holds anything. */
interface IdleQueue {
  /** The number of the first segment that would be new. */
  from: number;
  /** When the first of its waiting events is due. */
  readonly returnsAt: number;
  /** When this context saw so. */
  seenAt: number;
  /** When another context said so last. */
  toldAt: number;
}

/** What one context's scan found, for the others. */
export interface ScanReport {
  readonly nextSeq: number;
  /** By queue, when the first of its waiting events is due; -1 where a context holds a delayed event. */
  readonly firstDueAt: readonly (readonly [queue: string, dueAt: number])[];
}

export interface IdleScansOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Something of this queue has come, or may have: it is not known to be idle any longer. */
  readonly onNews: (queue: string) => void;
  /** This context has scanned. */
  readonly onScanned: (report: ScanReport | undefined) => void;
}

/**
 * Knows which queues are idle, and finds out by one scan for all of them whether they still are.
 *
 * Invariant: of a queue in `#idle` no context held anything when it was last seen, and all that has come since has a
 * segment from `from` on, or a waiting or a delayed row: a scan finds it. A queue leaves `#idle` by a hint, a publish or
 * a claim of this context, or by a scan that found something; it enters by a look or a scan that nothing disturbed.
 */
export class IdleScans {
  readonly #options: IdleScansOptions;
  readonly #idle = new Map<string, IdleQueue>();
  /** Queues that the next scan is asked for; one of which something comes meanwhile is taken out. */
  readonly #asked = new Map<string, IdleQueue>();
  /** Queues that are being looked at, with the first segment that the last scan did not take in; the same holds of them. */
  readonly #looking = new Map<string, number>();
  readonly #lateQueues = new Map<string, string>();
  #nextSeq = 0;
  #fullAt = -NEVER;
  #lookCount = 0;
  /** Callers that were answered to look, and have not begun yet. */
  #aboutToLook = 0;
  /** The scan that has not begun yet, and the one that ends last. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: IdleScansOptions) {
    this.#options = options;
  }

  /** How many queues are known to be idle. */
  get count(): number {
    return this.#idle.size;
  }

  isIdle(queue: string): boolean {
    return this.#idle.has(queue);
  }

  /** Where the queue was seen to be idle less than `staleMs` ago: when its next event is due. Undefined otherwise. */
  knownDueAt(queue: string, staleMs: number): number | null | undefined {
    const idle = this.#idle.get(queue);
    const now = this.#options.clock.now();
    if (!idle || now >= idle.returnsAt) return undefined;
    const agoMs = Math.abs(now - idle.seenAt);
    const isTold = agoMs < staleMs * MOST_TOLD && Math.abs(now - idle.toldAt) < staleMs;
    return agoMs < staleMs || isTold ? dueOf(idle) : undefined;
  }

  /**
   * The same, else by a scan that begins from now on. Undefined, and at once, where a look at the queue alone is better: for
   * one that is not known to be idle, unless many are being looked at, and for a caller who asks for no more than a look.
   */
  async nextDueAt(queue: string, staleMs = 0): Promise<number | null | undefined> {
    const recalled = this.knownDueAt(queue, staleMs);
    if (recalled !== undefined) return recalled;
    const known = this.#idle.get(queue);
    if (known && staleMs === 0) return undefined;
    if (!known && this.#lookCount + this.#aboutToLook < CROWD) {
      this.#aboutToLook += 1;
      return undefined;
    }
    if (known && this.#options.clock.now() >= known.returnsAt) return undefined;
    if (!known) this.#asked.set(queue, unseen());
    await this.scan();
    const idle = this.#idle.get(queue);
    return idle && dueOf(idle);
  }

  /** A look at one queue, which may then be entered as idle. */
  async duringScan<T>(queue: string, look: () => Promise<T>): Promise<T> {
    this.noteChange(queue);
    this.#looking.set(queue, this.#nextSeq);
    this.#lookCount += 1;
    this.#aboutToLook = Math.max(0, this.#aboutToLook - 1);
    try {
      return await look();
    } finally {
      this.#lookCount -= 1;
    }
  }

  /** A look found the queue idle; its segments below `from` were taken in. */
  noteIdle(queue: string, from: number, returnsAt: number | null, seenAt: number): void {
    const scannedSeq = this.#looking.get(queue);
    if (scannedSeq === undefined) return;
    this.#looking.delete(queue);
    this.#idle.set(queue, {
      from: Math.max(from, scannedSeq),
      returnsAt: returnsAt ?? NEVER,
      seenAt,
      toldAt: -NEVER,
    });
  }

  /** Something of the queue has changed, or may have. */
  noteChange(queue: string): void {
    this.#idle.delete(queue);
    this.#asked.delete(queue);
    this.#looking.delete(queue);
  }

  /** The database may be another one. */
  clear(): void {
    this.#idle.clear();
    this.#asked.clear();
    this.#looking.clear();
    this.#lateQueues.clear();
    this.#nextSeq = 0;
    this.#fullAt = -NEVER;
  }

  /** Scans for all idle queues; many calls share one scan, which begins after each of them. */
  scan(): Promise<void> {
    this.#next ??= this.#last.catch(ignore).then(() => this.#scan());
    this.#last = this.#next;
    return this.#next;
  }

  /** Another context has scanned. Answers whether that tells of every idle queue of this one. */
  noteReported({ nextSeq, firstDueAt }: ScanReport): boolean {
    const now = this.#options.clock.now();
    const told = new Map(firstDueAt);
    let isAll = true;
    for (const [queue, idle] of this.#idle) {
      const isSame = (told.get(queue) ?? NEVER) === idle.returnsAt && nextSeq <= idle.from;
      if (isSame) idle.toldAt = now;
      else isAll = false;
    }
    return isAll;
  }

  async #scan(): Promise<void> {
    const { connection, onScanned } = this.#options;
    const { at } = await connection.stamp().finally(() => {
      this.#next = undefined;
    });
    const asked = [...this.#idle, ...this.#asked];
    if (asked.length === 0) return;
    const isFull = Math.abs(at - this.#fullAt) >= FULL_SCAN_MS;
    const from = new Map(asked.map(([queue, idle]) => [queue, isFull ? 0 : idle.from]));
    const scan = await scanDatabase(connection, from, this.#lateQueues);
    if (isFull) this.#fullAt = at;
    this.#nextSeq = Math.max(this.#nextSeq, scan.nextSeq);
    for (const [queue, idle] of asked) this.#note(queue, idle, scan, at);
    onScanned(reportOf(scan, this.#lateQueues.values()));
  }

  #note(queue: string, idle: IdleQueue, scan: DatabaseScan, at: number): void {
    const isKnown = this.#idle.get(queue) === idle;
    // Something has come meanwhile, or the look is over.
    if (!isKnown && this.#asked.get(queue) !== idle) return;
    this.#asked.delete(queue);
    const isSame =
      !scan.touched.has(queue) && (scan.firstDueAt.get(queue) ?? NEVER) === idle.returnsAt;
    const isSetBack = idle.returnsAt < NEVER && idle.seenAt - at > CLOCK_TOLERANCE_MS;
    if (isSame && !isSetBack && at < idle.returnsAt && (isKnown || scan.isLateKnown)) {
      idle.from = scan.nextSeq;
      idle.seenAt = at;
      this.#idle.set(queue, idle);
      return;
    }
    this.#idle.delete(queue);
    if (isKnown) this.#options.onNews(queue);
  }
}

/** A queue of which nothing is known: whatever there is of it is new. */
function unseen(): IdleQueue {
  return { from: 0, returnsAt: NEVER, seenAt: -NEVER, toldAt: -NEVER };
}

function dueOf({ returnsAt }: IdleQueue): number | null {
  return returnsAt === NEVER ? null : returnsAt;
}

/** Undefined where it would not tell of everything. */
function reportOf(
  { firstDueAt, isLateKnown, isWhole, nextSeq }: DatabaseScan,
  lateQueues: Iterable<string>,
): ScanReport | undefined {
  if (!isWhole || !isLateKnown) return undefined;
  const held = [...lateQueues].map((queue) => [queue, -1] as const);
  const entries = [...firstDueAt, ...held];
  return entries.length <= MOST_ENTRIES ? { nextSeq, firstDueAt: entries } : undefined;
}
