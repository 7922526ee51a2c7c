import type { DeadLetter, Metadata } from '../../core/events/message.ts';
import { copyValue } from '../../core/events/plain-copy.ts';
import { redrivenEventOf } from '../../queue/event-shapes.ts';
import type { LetterStep, LetterStepResult } from '../../queue/event-store.ts';
import { idOf } from '../../queue/written-id.ts';
import type { Database } from './database.ts';
import { describedEvent, type Form, readValue, type WrittenEvent } from './written-event.ts';

export interface LetterRow {
  readonly number: number;
  readonly eventId: string;
  /** JSON of the letter without its id, queue, payload and metadata, and with how these two are written. */
  readonly letter: string;
  readonly payload: unknown;
  readonly metadata: unknown;
  /** The last lease of the event. */
  readonly lease: number;
}

type WrittenLetter = Omit<DeadLetter, 'eventId' | 'channel' | 'payload' | 'metadata'> & {
  readonly forms: readonly [payload: Form, metadata: Form];
};

/** The most letters that one step reads. */
const STEP_LETTERS = 1_000;
/** After so many new letters the count of other processes' letters is read again. */
const RECOUNT_EVERY = 256;

const PAGE = `SELECT coalesce(json_agg(json_build_object('number', x.number, 'eventId', x.event_id,
    'letter', x.letter, 'payload', x.payload, 'metadata', x.metadata, 'lease', x.lease) ORDER BY x.number), '[]')::text
    AS answer
  FROM (SELECT * FROM @dead WHERE channel = $1::text AND number > $2::text::bigint AND number <= $3::text::bigint
    ORDER BY number LIMIT $4::text::bigint) x`;
const LAST = 'SELECT coalesce(max(number), 0)::text AS answer FROM @dead WHERE channel = $1::text';
const COUNT = 'SELECT count(*)::text AS answer FROM @dead WHERE channel = $1::text';
const PURGE = `WITH gone AS (DELETE FROM @dead x USING jsonb_array_elements_text($1::text::jsonb) AS g(number)
    WHERE x.number = g.number::bigint RETURNING x.number, x.event_id)
  SELECT coalesce(json_agg(event_id ORDER BY number), '[]')::text AS answer FROM gone`;
const DROP = `WITH gone AS (DELETE FROM @dead WHERE number IN (
    SELECT number FROM @dead WHERE channel = $1::text ORDER BY number DESC OFFSET $2::text::bigint) RETURNING number)
  SELECT count(*)::text AS answer FROM gone`;

/** The dead letters of all channels, oldest first. Each has a number that is never used again. */
export class DeadLetters {
  readonly #database: Database;
  readonly #maxDeadLetters: number;
  /** By channel, how many letters there are as far as this context knows, and the new ones since they were counted. */
  readonly #counts = new Map<string, { count: number; added: number }>();

  constructor(database: Database, maxDeadLetters: number) {
    this.#database = database;
    this.#maxDeadLetters = maxDeadLetters;
  }

  async page(channel: string, limit: number, after: number = 0): Promise<DeadLetter[]> {
    const rows = await this.rows(channel, limit, after);
    return rows.map((row) => letterOf(channel, row));
  }

  rows(
    channel: string,
    limit: number,
    after: number,
    until: number = Number.MAX_SAFE_INTEGER,
  ): Promise<LetterRow[]> {
    return this.#database.run<LetterRow[]>(PAGE, [channel, Math.floor(after), until, limit]);
  }

  lastNumber(channel: string): Promise<number> {
    return this.#database.run<number>(LAST, [channel]);
  }

  /** Reads the letters of a step. */
  async select({ channel, after = 0, until, limit, selects }: LetterStep): Promise<{
    readonly rows: readonly LetterRow[];
    readonly result: Omit<LetterStepResult, 'taken'>;
  }> {
    const last = until ?? (await this.lastNumber(channel));
    const rows: LetterRow[] = [];
    let scanned = 0;
    let next = after;
    for (const row of await this.rows(channel, STEP_LETTERS, after, last)) {
      if (rows.length >= limit) break;
      const copy = () =>
        letterOf(channel, {
          ...row,
          payload: copyValue(row.payload),
          metadata: copyValue(row.metadata),
        });
      if (selects(letterOf(channel, row), copy)) rows.push(row);
      scanned += 1;
      next = row.number;
    }
    const isLeft = next < last && scanned > 0;
    return { rows, result: { scanned, after: isLeft ? next : undefined, until: last } };
  }

  /** Deletes letters. Resolves with the ids of those that were still there. */
  async purge(rows: readonly LetterRow[]): Promise<string[]> {
    this.#counts.clear();
    const numbers = JSON.stringify(rows.map(({ number }) => number));
    return (await this.#database.run<string[]>(PURGE, [numbers])).map(idOf);
  }

  /** Letters were removed. */
  forgetCounts(): void {
    this.#counts.clear();
  }

  /** A letter was added. Resolves with how many of the oldest ones were dropped. */
  async dropSurplus(channel: string): Promise<number> {
    const known = this.#counts.get(channel);
    if (known && known.added < RECOUNT_EVERY && known.count < this.#maxDeadLetters) {
      known.count += 1;
      known.added += 1;
      return 0;
    }
    const count = await this.#database.run<number>(COUNT, [channel]);
    this.#counts.set(channel, { count: Math.min(count, this.#maxDeadLetters), added: 0 });
    if (count <= this.#maxDeadLetters) return 0;
    return this.#database.run<number>(DROP, [channel, this.#maxDeadLetters]);
  }
}

export function letterOf(channel: string, row: LetterRow): DeadLetter {
  const { createdAt, forms, ...letter } = JSON.parse(row.letter) as WrittenLetter;
  const payload = readValue(row.payload, forms[0]);
  const metadata = readValue(row.metadata, forms[1]) as Metadata | null;
  const eventId = idOf(row.eventId);
  return { eventId, channel, payload, metadata, createdAt, ...letter, cursor: String(row.number) };
}

/** The event of a letter that is put back, as it is stored. */
export function redrivenRow(
  channel: string,
  row: LetterRow,
  now: number,
  uniqueId: string,
): WrittenEvent & { readonly letter: number } {
  const { forms } = JSON.parse(row.letter) as WrittenLetter;
  const { cursor, ...letter } = letterOf(channel, {
    ...row,
    payload: null,
    metadata: null,
    letter: withoutForms(row),
  });
  const { payload, metadata, ...event } = redrivenEventOf(letter, now);
  const written = describedEvent(event, {
    ...{
      payload: row.payload,
      metadata: row.metadata,
      payload_form: forms[0],
      metadata_form: forms[1],
    },
    ...{ available: now, lease: row.lease, uniqueId },
  });
  return { ...written, letter: row.number };
}

function withoutForms(row: LetterRow): string {
  const letter = JSON.parse(row.letter) as WrittenLetter;
  return JSON.stringify({ ...letter, forms: [null, null] });
}
