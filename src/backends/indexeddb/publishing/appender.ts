import { codeOf } from '../../../core/errors.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';
import type { Connection } from '../database/connection.ts';
import { blamingBlob, findBlob, RefusedError } from '../database/refused-values.ts';
import type { Write, WriteOptions } from '../database/transactions.ts';
import { delayedRowOf, LARGE_BYTES, segmentsOf } from '../schema/event-rows.ts';
import { KEY_LIMIT } from '../schema/key-ranges.ts';
import { dueTime, ROW_VERSION, type SegmentRow, type WaitingRow } from '../schema/schema.ts';

/** A segment as it was committed. */
export interface AddedSegment {
  readonly seq: number;
  readonly row: SegmentRow;
}

/** Events that one transaction takes; more that are asked for at once go into the next. */
const MAX_COMMIT_EVENTS = 5_000;

/** Two delayed events of one context keep their order within a segment's place, a million times over. */
const PLACE_STEP = 2 ** -20;

/**
 * Stores events: concurrent calls are committed together, one row for each queue. Where they fail together for what may
 * be the fault of one, they are committed in parts, so that only that one fails. Delayed events get a row each
 * and a row that says when they are due. Nothing here can conflict with another context: `segments` has a key
 * generator, the other keys contain the event's id.
 */
export class Appender {
  readonly #connection: Connection;
  readonly #onAdded: (segments: readonly AddedSegment[], late: readonly NewEvent[]) => void;
  readonly #group: GroupCommit<readonly NewEvent[], undefined>;
  /** The newest place that this context knows of: delayed events are ordered after it. */
  #lastPlace = 0;

  /** `onAdded` is told of each commit. */
  constructor(
    connection: Connection,
    onAdded: (segments: readonly AddedSegment[], late: readonly NewEvent[]) => void,
  ) {
    this.#connection = connection;
    this.#onAdded = onAdded;
    this.#group = new GroupCommit((batches) => this.#commit(batches), {
      weightOf: (batch) => batch.length,
      maxWeight: MAX_COMMIT_EVENTS,
      mayConcernOne,
    });
  }

  append(events: readonly NewEvent[]): Promise<undefined> {
    return this.#group.add(events);
  }

  /** The next places are those of another database. */
  forget(): void {
    this.#lastPlace = 0;
  }

  async #commit(batches: readonly (readonly NewEvent[])[]): Promise<undefined[]> {
    const events = batches.flat();
    const segments = segmentsOf(events.filter(({ delayMs = 0 }) => delayMs === 0));
    const late = events.filter(({ delayMs = 0 }) => delayMs > 0);
    if (late.length > 0) await this.#learnPlace();
    const writes: Write[] = [
      ...late.map((event) => ['add', 'returned', this.#waitingRowOf(event)] as const),
      ...late.map((event) => ['add', 'late', delayedRowOf(event)] as const),
      ...segments.map((segment) => ['add', 'segments', segment] as const),
    ];
    const size = events.reduce((sum, { bytes }) => sum + bytes, 0);
    const added = await this.#connection
      .append(writes, size, writeOptionsOf(events, writes.length))
      .catch((error: unknown) => {
        throw batches.length === 1 ? blamingBlob(error, events) : error;
      });
    const seqs = added.slice(2 * late.length) as number[];
    for (const seq of seqs) this.#noticeSegment(seq);
    this.#onAdded(
      segments.map((row, index) => ({ seq: seqs[index] as number, row })),
      late,
    );
    return batches.map(() => undefined);
  }

  async #learnPlace(): Promise<void> {
    // Foreign rows may have keys of any kind: those that are not numbers sort after this.
    const numbers = IDBKeyRange.upperBound(KEY_LIMIT, true);
    const { newest } = await this.#connection.read(['segments'], (tx) => ({
      newest: tx.objectStore('segments').openKeyCursor(numbers, 'prev'),
    }));
    this.#noticeSegment((newest.result?.key as number | undefined) ?? 0);
  }

  #noticeSegment(seq: number): void {
    this.#lastPlace = Math.max(this.#lastPlace, seq);
  }

  #waitingRowOf({ channel, eventId, createdAt, delayMs = 0 }: NewEvent): WaitingRow {
    this.#lastPlace += PLACE_STEP;
    const dueAt = dueTime(createdAt + delayMs);
    return {
      v: ROW_VERSION,
      queue: channel,
      seq: this.#lastPlace,
      at: eventId,
      dueAt,
      since: createdAt,
      availableAt: dueAt,
      attempts: 0,
    };
  }
}

/** A commit is as durable as the strictest of its events; where none says, as the backend's other writes. */
function writeOptionsOf(events: readonly NewEvent[], writeCount: number): WriteOptions {
  const isStrict = events.some(({ durability }) => durability === 'strict');
  const isRelaxed = events.every(({ durability }) => durability === 'relaxed');
  const mayFailAmid =
    events.length > 1 &&
    events.some((event) => event.bytes > LARGE_BYTES || (writeCount > 1 && findBlob(event)));
  return {
    ...((isStrict || isRelaxed) && { durability: isStrict ? 'strict' : 'relaxed' }),
    ...(mayFailAmid && { ending: 'auto' }),
  };
}

function mayConcernOne(error: unknown): boolean {
  return error instanceof RefusedError || /^(quota|not-cloneable)$/.test(String(codeOf(error)));
}
