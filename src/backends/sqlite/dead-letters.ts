import type { Death } from '../../core/events/lifecycle.ts';
import type { DeadLetter } from '../../core/events/message.ts';
import { deadLetterOf, redrivenEventOf } from '../../queue/event-shapes.ts';
import type { LetterStep, LetterStepResult, NewEvent } from '../../queue/event-store.ts';
import { idOf } from '../../queue/written-id.ts';
import { valueOfText } from '../../queue/written-value.ts';
import type { SqliteConnection } from './connection.ts';
import {
  describedEvent,
  metadataOf,
  optionsOf,
  type StoredRow,
  type WrittenEvent,
} from './event-rows.ts';

interface LetterRow {
  readonly number: number;
  readonly eventId: string;
  /** JSON of the letter without its id, queue, payload and metadata. */
  readonly letter: string;
  readonly metadata: string | null;
  readonly payload: string;
}

/** The most letters that one step reads. */
const STEP_LETTERS = 1_000;
/** After so many new letters the count of other processes' letters is read again. */
const RECOUNT_EVERY = 256;

const COLUMNS = 'number, event_id AS eventId, letter, metadata, payload';

/** The dead letters of all queues, oldest first. Each has a number that is never used again. */
export class DeadLetters {
  readonly #connection: SqliteConnection;
  readonly #maxDeadLetters: number;
  /** By queue, how many letters there are as far as this context knows, and the new ones since they were counted. */
  readonly #counts = new Map<string, { count: number; added: number }>();

  constructor(connection: SqliteConnection, maxDeadLetters: number) {
    this.#connection = connection;
    this.#maxDeadLetters = maxDeadLetters;
  }

  /** Adds the letter of an event that was removed. Returns how many of the oldest letters were dropped. */
  add(queue: string, row: StoredRow, death: Death): number {
    const described = { ...describedEvent(queue, row), payload: null, metadata: null };
    const { eventId, channel, payload, metadata, ...letter } = deadLetterOf(described, death);
    this.#connection.run(
      'INSERT INTO @dead (queue, event_id, letter, metadata, payload) VALUES (?, ?, ?, ?, ?)',
      ...[queue, row.eventId, JSON.stringify(letter), row.metadata, row.payload],
    );
    return this.#dropSurplus(queue);
  }

  count(queue: string): number {
    const row = this.#connection.get<{ count: number }>(
      'SELECT count(*) AS count FROM @dead WHERE queue = ?',
      queue,
    );
    return Number(row?.count);
  }

  page(queue: string, limit: number, after: number | undefined): DeadLetter[] {
    return this.rows(queue, limit, after).map((row) => letterOf(queue, row));
  }

  rows(
    queue: string,
    limit: number,
    after: number = 0,
    until: number = Number.MAX_SAFE_INTEGER,
  ): LetterRow[] {
    return this.#connection.read(() =>
      this.#connection.all<LetterRow>(
        `SELECT ${COLUMNS} FROM @dead WHERE queue = ? AND number > ? AND number <= ? ORDER BY number LIMIT (? + 0)`,
        ...[queue, after, until, limit],
      ),
    );
  }

  lastNumber(queue: string): number | undefined {
    const sql = 'SELECT max(number) AS number FROM @dead WHERE queue = ?';
    const row = this.#connection.read(() =>
      this.#connection.get<{ number: number | null }>(sql, queue),
    );
    return row?.number ?? undefined;
  }

  /** Reads the letters of a step. The code of the user that selects them runs outside of a transaction. */
  select({ channel, after = 0, until, limit, selects }: LetterStep): {
    readonly rows: readonly LetterRow[];
    readonly result: Omit<LetterStepResult, 'taken'>;
  } {
    const last = until ?? this.lastNumber(channel) ?? after;
    const rows: LetterRow[] = [];
    let scanned = 0;
    let next = after;
    for (const row of this.rows(channel, STEP_LETTERS, after, last)) {
      if (rows.length >= limit) break;
      if (selects(letterOf(channel, row), () => letterOf(channel, row))) rows.push(row);
      scanned += 1;
      next = row.number;
    }
    const isLeft = next < last && scanned > 0;
    return { rows, result: { scanned, after: isLeft ? next : undefined, until: last } };
  }

  /** Removes a letter. Returns whether it was still there. */
  remove(number: number): boolean {
    return this.#connection.run('DELETE FROM @dead WHERE number = ?', number) > 0;
  }

  /** Forgets the count after letters were removed, and after a write that failed. */
  forgetCounts(): void {
    this.#counts.clear();
  }

  #dropSurplus(queue: string): number {
    const known = this.#counts.get(queue);
    if (known && known.added < RECOUNT_EVERY && known.count < this.#maxDeadLetters) {
      known.count += 1;
      known.added += 1;
      return 0;
    }
    const count = this.count(queue);
    const surplus = Math.max(0, count - this.#maxDeadLetters);
    this.#counts.set(queue, { count: count - surplus, added: 0 });
    if (surplus === 0) return 0;
    return this.#connection.run(
      `DELETE FROM @dead WHERE number IN (SELECT number FROM @dead WHERE queue = ? ORDER BY number LIMIT (? + 0))`,
      ...[queue, surplus],
    );
  }
}

export function letterOf(queue: string, row: LetterRow): DeadLetter {
  const { createdAt, ...letter } = JSON.parse(row.letter) as Omit<
    DeadLetter,
    'eventId' | 'channel' | 'payload' | 'metadata'
  >;
  return {
    eventId: idOf(row.eventId),
    channel: queue,
    payload: valueOfText(row.payload),
    metadata: metadataOf(row),
    createdAt,
    ...letter,
    cursor: String(row.number),
  };
}

/** The event of a letter that is put back, as it is stored. */
export function redrivenRow(queue: string, row: LetterRow, now: number): WrittenEvent {
  const { cursor, ...letter } = letterOf(queue, { ...row, payload: 'null', metadata: null });
  const event: NewEvent = { ...redrivenEventOf(letter, now), bytes: 0 };
  return { event, options: optionsOf(event), metadata: row.metadata, payload: row.payload };
}
