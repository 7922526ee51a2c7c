import type { NewEvent } from '../../queue/event-store.ts';
import { GroupCommit } from '../../queue/group-commit.ts';
import type { Connection } from './connection.ts';
import { lateRowOf, segmentsOf } from './rows.ts';
import type { ReturnedRow } from './schema.ts';

/** Events that one transaction takes; more that are asked for at once go into the next. */
const MAX_COMMIT_EVENTS = 5_000;

/** Two delayed events of one context keep their order within a segment's place, a million times over. */
const PLACE_STEP = 2 ** -20;

/**
 * Stores events: concurrent calls are committed together, one row for each queue. Delayed events get a row each
 * and a row that says when they are due. Nothing here can conflict with another context: `segments` has a key
 * generator, the other keys contain the event's id.
 */
export class Appender {
  readonly #connection: Connection;
  readonly #group: GroupCommit<readonly NewEvent[], undefined>;
  /** The newest place that this context knows of: delayed events are ordered after it. */
  #lastPlace = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#group = new GroupCommit(
      (batches) => this.#commit(batches),
      (batch) => batch.length,
      MAX_COMMIT_EVENTS,
    );
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
    const stores = ['segments', ...(late.length > 0 ? ['late', 'returned'] : [])];
    const added = await this.#connection.write(stores, (tx) => {
      for (const event of late) {
        tx.objectStore('late').add(lateRowOf(event));
        tx.objectStore('returned').add(this.#waitingRowOf(event));
      }
      return segments.map((segment) => tx.objectStore('segments').add(segment));
    });
    for (const { result } of added) this.#noticeSegment(result as number);
    return batches.map(() => undefined);
  }

  async #learnPlace(): Promise<void> {
    const { newest } = await this.#connection.read(['segments'], (tx) => ({
      newest: tx.objectStore('segments').openKeyCursor(null, 'prev'),
    }));
    this.#noticeSegment((newest.result?.key as number | undefined) ?? 0);
  }

  #noticeSegment(seq: number): void {
    this.#lastPlace = Math.max(this.#lastPlace, seq);
  }

  #waitingRowOf({ channel, eventId, createdAt, delayMs = 0 }: NewEvent): ReturnedRow {
    this.#lastPlace += PLACE_STEP;
    const dueAt = createdAt + delayMs;
    return {
      queue: channel,
      seq: this.#lastPlace,
      at: eventId,
      dueAt,
      availableAt: dueAt,
      attempts: 0,
    };
  }
}
