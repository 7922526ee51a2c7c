import { codeOf } from '../../../core/errors.ts';
import type { ObserverEvent } from '../../../core/observer.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';
import type { Claimers } from '../claiming/claimers.ts';
import type { Connection } from '../database/connection.ts';
import { blamingBlob, RefusedError } from '../database/refused-values.ts';
import { partlyWrittenError } from '../database/storage-errors.ts';
import type { Write } from '../database/transactions.ts';
import { delayedRowOf, POSITION_STEP, segmentsOf, waitingRowOf } from '../schema/event-rows.ts';
import { KEY_LIMIT } from '../schema/key-ranges.ts';
import { endedRowsOf } from '../schema/key-rows.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { pendingRowsOf } from '../schema/result-rows.ts';
import { lateGroups, requestGroups } from './late-groups.ts';
import type { LimitedAppender } from './limited-appender.ts';
import { linesOf } from './lines-of.ts';
import { firstOfEachId, publishedIdsOf, windowOf, withoutRemembered } from './published-ids.ts';
import type { ReplacedEvents } from './replaced-events.ts';
import { refuseGroups, replacedKeys, resultsOf } from './replaced-keys.ts';
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

/** What a commit needs that replaces waiting events. */
export interface Deciding {
  readonly claimers: Pick<Claimers, 'use'>;
  readonly report: (event: ObserverEvent) => void;
}

/** What an appender does only for the pages that name it. */
export interface AppenderParts {
  /** Stores the events that have a `maxBacklog`. */
  readonly limited?:
    | ((append: (events: readonly NewEvent[]) => Promise<unknown>) => LimitedAppender)
    | undefined;
  /** Finds what events with `replaces` replace. */
  readonly replaced?: ReplacedEvents | undefined;
}

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
  readonly #deciding: Deciding;
  /** The last position that this context knows of. Delayed events are ordered after it. */
  #lastPosition = 0;

  /** `onAdded` is called after each commit. */
  constructor(
    connection: Connection,
    onAdded: OnAdded,
    deciding: Deciding,
    { limited, replaced }: AppenderParts = {},
  ) {
    this.#connection = connection;
    this.#onAdded = onAdded;
    this.#deciding = deciding;
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
      await this.#decide(events, async () => {
        if (events.length === 0 || (await this.#store(events, ended))) return true;
        ({ events, ended } = await withoutRemembered(this.#connection, events));
        return undefined;
      });
    } catch (error) {
      throw batches.length === 1 ? blamingBlob(error, events) : error;
    }
    return batches.map(() => undefined);
  }

  /** Calls `attempt` until it resolves with true, in order with the claims of the queues in which events are replaced. */
  async #decide(
    events: readonly NewEvent[],
    attempt: () => Promise<true | undefined>,
  ): Promise<void> {
    const queues = [...replacedKeys(events).keys()];
    const decide = queues.reduceRight(
      (inner, queue) => () => this.#deciding.claimers.use(queue).decide(1, inner),
      attempt,
    );
    while (!(await decide()));
  }

  /** Deletes the `ended` rows of ids, too. False, and nothing is stored, if an id is remembered or a queue was decided about. */
  async #store(events: readonly NewEvent[], ended: readonly IDBValidKey[]): Promise<boolean> {
    const { segments, delayed, waiting, replacement, superseded } = await this.#place(events);
    const ids = publishedIdsOf(events);
    const writes: Write[] = [
      ...segments.map((segment) => ['add', 'segments', segment] as const),
      ...[...waiting, ...endedRowsOf(waiting)].map((row) => ['add', 'returned', row] as const),
      ...delayed.map(
        (event, index) => ['add', 'late', delayedRowOf(event, waiting[index]?.seq)] as const,
      ),
      ...pendingRowsOf(events).map((row) => ['put', 'results', row] as const),
      ...superseded.flatMap((event) => resultsOf(event.channel, [event], event.createdAt)),
      ...ended.map((key) => ['delete', 'published', key] as const),
      ...(replacement?.writes ?? []),
      ...(ids ? [['add', 'published', ids] as const] : []),
      ...(replacement?.epochs ?? []),
    ];
    const size = events.reduce((sum, { bytes }) => sum + bytes, 0);
    const guardCount = (ids ? 1 : 0) + (replacement?.epochs.length ?? 0);
    const verb = guardCount > 0 ? 'writeGuarded' : 'write';
    const late = lateGroups(delayed);
    const options = {
      ...writeOptionsOf(events, writes.length, guardCount, late !== undefined),
      ...(replacement && { stamp: replacement.stamp }),
      ...late?.options,
    };
    const added = await this.#connection.append(verb, writes, size, options);
    if (!added) return false;
    const missed = late?.copies() ?? [];
    if (missed.length > 0) await this.#copy(missed, size);
    const seqs = added.slice(0, segments.length) as number[];
    for (const seq of seqs) this.#noticePosition(seq);
    // They lie after the segments of their commit.
    this.#noticePosition(waiting.at(-1)?.seq);
    const stored = segments.map((row, index) => ({ seq: seqs[index] as number, row }));
    this.#onAdded(stored, delayed, ids !== undefined);
    if (replacement) this.#reportReplaced(replacement.replaced, superseded);
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
  async #place(events: readonly NewEvent[]) {
    const { placed, own, superseded } = splitCommit(events);
    const grouped = own.length > 0 ? await this.#readLastPosition(own) : new Set();
    refuseGroups(own, grouped);
    const segments = [
      ...segmentsOf(placed),
      // The groups get a copy of these, as of the others.
      ...segmentsOf(own.filter(({ channel }) => grouped.has(channel))),
    ];
    const delayed = own.filter(({ channel }) => !grouped.has(channel));
    // After the last position: an event of a replaced key that is not found comes after the new one.
    const replacement = await this.#replaced?.find(delayed);
    // The segments of this commit come first.
    const waiting = delayed.map((event) => {
      this.#lastPosition += POSITION_STEP;
      return waitingRowOf(event, this.#lastPosition + segments.length);
    });
    return { segments, delayed, waiting, replacement, superseded };
  }

  #reportReplaced(replaced: readonly ObserverEvent[], superseded: readonly NewEvent[]): void {
    const { report } = this.#deciding;
    for (const event of replaced) report(event);
    for (const { channel, eventId } of superseded) report({ type: 'replaced', channel, eventId });
  }

  /**
   * The delayed events of a key, and the waiting events of a priority, must have positions in commit order, those of other
   * contexts included. Resolves with the channels that have groups.
   */
  async #readLastPosition(delayed: readonly NewEvent[]): Promise<ReadonlySet<unknown>> {
    // Another program's rows may have keys of any type. Keys that are not numbers sort after this range.
    const numbers = IDBKeyRange.upperBound(KEY_LIMIT, true);
    const channels = [...new Set(delayed.map(({ channel }) => channel))];
    const { newest, last, groups } = await this.#connection.read(
      ['segments', 'late', 'returned'],
      (tx) => ({
        groups: channels.map((channel) => requestGroups(tx, channel, 1)),
        newest: tx.objectStore('segments').openKeyCursor(numbers, 'prev'),
        last: [...linesOf(delayed)].map(({ store, line }) => {
          const range = IDBKeyRange.bound(line, [...line, KEY_LIMIT]);
          const rows = tx.objectStore(store);
          return (store === 'late' ? rows.index('key') : rows).openKeyCursor(range, 'prev');
        }),
      }),
    );
    this.#noticePosition(newest.result?.key as number | undefined);
    for (const { result } of last)
      this.#noticePosition((result?.key as [string, unknown, number] | undefined)?.[2]);
    return new Set(channels.filter((_, index) => groups[index]?.result.length));
  }

  #noticePosition(seq = 0): void {
    this.#lastPosition = Math.max(this.#lastPosition, seq);
  }
}

function mayConcernOne(error: unknown): boolean {
  return (
    error instanceof RefusedError ||
    /^(quota|not-cloneable|unsupported)$/.test(String(codeOf(error)))
  );
}
