import type { AcknowledgedResult, KeptResult } from '../../core/events/event-result.ts';
import type { Metadata } from '../../core/events/message.ts';
import type { BrowsedEvent } from '../../core/protocols/browsed-page.ts';
import { idOf } from '../../queue/written-id.ts';
import { valueOfText } from '../../queue/written-value.ts';
import { resultOfText } from './stored-event.ts';
import { type Form, type KeptOptions, readValue } from './written-event.ts';

export interface ResultRow {
  /** The number of the id that was asked for, from 1. */
  readonly n: number;
  readonly result: string;
  readonly reply: string | null;
}

/** The results of the ids, undefined where none is kept. */
export function keptResults(
  eventIds: readonly string[],
  rows: readonly ResultRow[],
): (KeptResult | undefined)[] {
  const byNumber = new Map(rows.map((row) => [row.n, row]));
  return eventIds.map((eventId, index) => {
    const row = byNumber.get(index + 1);
    return row && (resultOfText(eventId, row.result, row.reply) as KeptResult);
  });
}

/** An acknowledged event that is kept. */
export interface AcknowledgedRow extends Omit<ResultRow, 'n'> {
  readonly number: number;
  readonly name: string;
  readonly created: number;
  readonly key: string | null;
  readonly options: string | null;
  readonly payload_form: Form;
  readonly metadata_form: Form;
  readonly payload: unknown;
  readonly metadata: unknown;
  readonly until: number;
}

export function browsedResult(
  channel: string,
  row: AcknowledgedRow,
  isAsked: boolean,
): BrowsedEvent {
  const { attempts, acknowledgedAt } = JSON.parse(row.result) as AcknowledgedResult;
  const { createdAt = row.created, redriven } = JSON.parse(
    row.options ?? '{}',
  ) as Partial<KeptOptions>;
  return {
    ...{ eventId: idOf(row.name), channel, state: 'acknowledged' },
    ...(isAsked && { payload: readValue(row.payload, row.payload_form) }),
    ...(isAsked && row.reply !== null && { reply: valueOfText(row.reply) }),
    metadata: readValue(row.metadata, row.metadata_form) as Metadata | null,
    ...{ createdAt, attempts, lastError: null, acknowledgedAt, keptUntil: row.until },
    ...(redriven && { redriven }),
    ...(row.key !== null && { key: idOf(row.key) }),
  };
}
