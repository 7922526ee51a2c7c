import { codeOf } from '../../../core/reports/errors.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';
import type { Connection } from '../database/connection.ts';
import { blamingBlob, RefusedError } from '../database/refused-values.ts';
import { partlyWrittenError } from '../database/storage-errors.ts';
import type { Write } from '../database/transactions.ts';
import { delayedRowOf, POSITION_STEP, segmentsOf, waitingRowOf } from '../schema/event-rows.ts';
import { endedRowsOf } from '../schema/key-rows.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { pendingRowsOf } from '../schema/result-rows.ts';
import type { WaitingRow } from '../schema/schema.ts';
import { readLastPosition } from './last-position.ts';
import { lateGroups } from './late-groups.ts';
import type { LimitedAppender } from './limited-appender.ts';
import { firstOfEachId, publishedIdsOf, windowOf, withoutRemembered } from './published-ids.ts';
import type { ReplacedEvents, Replacement } from './replaced-events.ts';
import { splitCommit } from './split-commit.ts';
import { writeOptionsOf } from './write-options.ts';

/** A committed segment with its key. */
export interface AddedSegment {
  readonly seq: number;
  readonly row: SegmentRow;
}

/** Called with the events of a commit, and whether ids of callers were stored with them. */
export type OnAdded = (
  segments: readonly AddedSegment[],
  delayed: readonly NewEvent[],
  hasIds: boolean,
) => void;

/** What an appender does only for the pages that name it. */
export interface AppenderParts {
  /** Stores the events that have a `maxBacklog`. */
  readonly limited?:
    | ((append: (events: readonly NewEvent[]) => Promise<unknown>) => LimitedAppender)
    | undefined;
  /** Finds what events with `replaces` replace. */
  readonly replaced?: ReplacedEvents | undefined;
}

/** Where the events of a commit go. */
interface Placed {
  /** Whether this was decided by what was read, and so holds in the database of the read only. */
  readonly isRead: boolean;
  readonly segments: readonly SegmentRow[];
  /** They get rows of their own. */
  readonly delayed: readonly NewEvent[];
  readonly waiting: readonly WaitingRow[];
  readonly replacement: Replacement | undefined;
  /** All events, as the queues get them. */
  readonly copies: readonly NewEvent[];
}

/** Of a commit whose events are all in segments. */
const NO_ROWS = { isRead: false, delayed: [], waiting: [], replacement: undefined };

/** The most events of one transaction. Further events of concurrent calls go into the next. */
const MAX_COMMIT_EVENTS = 5_000;

/**
 * Stores events. Concurrent calls are committed together, as one row for each queue. If a commit fails and one call may be
 * the reason, the calls are committed in parts, so that only that call fails. Each delayed event gets a row with its payload
 * and a row with its due time. A commit conflicts with another context only if a caller gave an event an id that is
 * remembered, see published-ids.ts: `segments` has a key generator, and the other keys contain unique ids. A commit of events
 * that replace others is a decision like a claim: it adds the next epochs of their queues.
 */
export class Appender {
  readonly #connection: Connection;
  readonly #onAdded: OnAdded;
  readonly #group: GroupCommit<readonly NewEvent[], undefined>;
  readonly #limited: LimitedAppender | undefined;
  readonly #replaced: ReplacedEvents | undefined;
  /** The last position that this context knows of in its database. Delayed events are ordered after it. */
  #lastPosition = 0;

  /** `onAdded` is called after each commit. */
  constructor(connection: Connection, onAdded: OnAdded, { limited, replaced }: AppenderParts = {}) {
    this.#connection = connection;
    this.#onAdded = onAdded;
    this.#replaced = replaced;
    this.#group = new GroupCommit((batches) => this.#commit(batches), {
      weightOf: (batch) => batch.length,
      maxWeight: MAX_COMMIT_EVENTS,
      kindOf: windowOf,
      mayConcernOne,
    });
    this.#limited = limited?.((events) => this.#group.add(events));
  }

  append(events: readonly NewEvent[]): Promise<void> {
    return this.#limited?.append(events) ?? this.#group.add(events);
  }

  /** To be called when another database is in use. */
  forget(): void {
    this.#lastPosition = 0;
    this.#replaced?.clear();
  }

  async #commit(batches: readonly (readonly NewEvent[])[]): Promise<undefined[]> {
    let events = firstOfEachId(batches.flat());
    let ended: readonly IDBValidKey[] = [];
    try {
      // Each try that fails was preceded by the commit of another context.
      const attempt = async () => {
        if (events.length === 0 || (await this.#store(events, ended))) return true;
        ({ events, ended } = await withoutRemembered(this.#connection, events));
        return false;
      };
      while (!(await (this.#replaced?.decide(events, attempt) ?? attempt())));
    } catch (error) {
      throw batches.length === 1 ? blamingBlob(error, events) : error;
    }
    return batches.map(() => undefined);
  }

  /** Deletes the `ended` rows of ids, too. False, and nothing is stored, if an id is remembered or a queue was decided about. */
  async #store(events: readonly NewEvent[], ended: readonly IDBValidKey[]): Promise<boolean> {
    const { period } = this.#connection;
    const placed = await this.#place(events);
    const { isRead, segments, delayed, waiting, replacement, copies } = placed;
    const ids = publishedIdsOf(events);
    const writes: Write[] = [
      ...segments.map((segment) => ['add', 'segments', segment] as const),
      ...[...waiting, ...endedRowsOf(waiting)].map((row) => ['add', 'returned', row] as const),
      ...delayed.map(
        (event, index) => ['add', 'late', delayedRowOf(event, waiting[index]?.seq)] as const,
      ),
      ...pendingRowsOf(copies).map((row) => ['put', 'results', row] as const),
      ...ended.map((key) => ['delete', 'published', key] as const),
      ...(replacement?.writes ?? []),
      ...(ids ? [['add', 'published', ids] as const] : []),
      ...(replacement?.epochs ?? []),
    ];
    const size = copies.reduce((sum, { bytes }) => sum + bytes, 0);
    const guardCount = (ids ? 1 : 0) + (replacement?.epochs.length ?? 0);
    const verb = guardCount > 0 ? 'writeGuarded' : 'write';
    const late = lateGroups(delayed);
    const options = {
      ...writeOptionsOf(copies, writes.length, guardCount, late !== undefined),
      ...(replacement && { stamp: replacement.stamp }),
      ...(isRead && { period }),
      ...late?.options,
    };
    const added = await this.#connection.append(verb, writes, size, options);
    if (!added) return false;
    const seqs = added.slice(0, segments.length) as number[];
    // Rows of their own lie after the segments of their commit.
    this.#noticePosition(period, ...seqs, waiting.at(-1)?.seq ?? 0);
    const stored = segments.map((row, index) => ({ seq: seqs[index] as number, row }));
    // Before anything else is awaited: later another database may be in use, in which a segment has the same number.
    this.#onAdded(stored, delayed, ids !== undefined);
    if (replacement) this.#replaced?.report(replacement);
    const missed = late?.copies() ?? [];
    if (missed.length > 0) await this.#copy(missed, size);
    return true;
  }

  /** An error must not say that nothing was stored. */
  async #copy(missed: readonly Write[], size: number): Promise<void> {
    try {
      await this.#connection.append('write', missed, size, {});
    } catch (error) {
      throw partlyWrittenError(error);
    }
  }

  /** Decides which rows the events get, and finds what they replace. */
  async #place(events: readonly NewEvent[]): Promise<Placed> {
    const { placed, own, superseded } = splitCommit(events);
    if (own.length === 0) return { ...NO_ROWS, segments: segmentsOf(placed), copies: events };
    const { position, grouped } = await readLastPosition(this.#connection, own);
    const inGroups = await this.#replaced?.prepare(own, grouped);
    let last = Math.max(this.#lastPosition, position, inGroups?.position ?? 0);
    const copiesOf = (event: NewEvent) => inGroups?.copiesOf(event) ?? [event];
    // The groups get a copy of these, as of the others.
    const isCopied = (event: NewEvent) => grouped.has(event.channel) && !inGroups?.copiesOf(event);
    const segments = [...segmentsOf(placed), ...segmentsOf(own.filter(isCopied))];
    const delayed = own.filter((event) => !isCopied(event)).flatMap(copiesOf);
    // The segments of this commit come first.
    const waiting = delayed.map((event) => {
      last += POSITION_STEP;
      return waitingRowOf(event, last + segments.length);
    });
    // After the last position: an event of a replaced key that is not found comes after the new one.
    const replacement = await this.#replaced?.find(delayed, superseded.flatMap(copiesOf), {
      inGroups,
      last: waiting.at(-1)?.seq ?? 0,
    });
    const copies = events.flatMap(copiesOf);
    return { isRead: true, segments, delayed, waiting, replacement, copies };
  }

  #noticePosition(period: number, ...positions: readonly number[]): void {
    if (period === this.#connection.period)
      this.#lastPosition = Math.max(this.#lastPosition, ...positions);
  }
}

function mayConcernOne(error: unknown): boolean {
  return (
    error instanceof RefusedError ||
    /^(quota|not-cloneable|unsupported)$/.test(String(codeOf(error)))
  );
}
