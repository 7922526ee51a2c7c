import type { KeptResult } from '../../../core/events/event-result.ts';
import type { Death } from '../../../core/events/lifecycle.ts';
import type { EventContent } from './event-rows.ts';
import type { ResultRow } from './result-row.ts';
import { ROW_VERSION } from './row-version.ts';

type WithResult = Pick<EventContent, 'channel' | 'eventId' | 'retentionMs'>;

/** The rows of pending results: one for each of the events that has a retention. */
export function pendingRowsOf(events: readonly WithResult[]): ResultRow[] {
  return events.flatMap(({ channel: queue, eventId, retentionMs }) =>
    retentionMs
      ? { v: ROW_VERSION, queue, eventId, result: { eventId, state: 'pending' } as const }
      : [],
  );
}

/** The row of an event with a retention that was acknowledged at `now`. It keeps the event. */
export function acknowledgedRowOf(
  content: EventContent,
  { attempts, reply }: { readonly attempts: number; readonly reply?: unknown },
  now: number,
): ResultRow {
  const { eventId, payload, metadata, createdAt, redriven, key } = content;
  const event = { payload, metadata, createdAt, ...(redriven && { redriven }) };
  return {
    ...endedRowOf(
      content,
      { eventId, state: 'acknowledged', reply, attempts, acknowledgedAt: now },
      now,
    ),
    acknowledgedAt: now,
    event: { ...event, ...(key !== undefined && { key }) },
  };
}

/** The row of an event with a retention that became a dead letter. */
export function deathRowOf(content: WithResult, death: Death): ResultRow {
  return endedRowOf(content, { eventId: content.eventId, ...death }, death.diedAt);
}

/** The row of an event with a retention that was cancelled at `now`. */
export function cancelledRowOf(content: WithResult, now: number): ResultRow {
  const { eventId } = content;
  return endedRowOf(content, { eventId, state: 'cancelled', cancelledAt: now }, now);
}

function endedRowOf(
  { channel: queue, eventId, retentionMs = 0 }: WithResult,
  result: KeptResult,
  now: number,
): ResultRow {
  return { v: ROW_VERSION, queue, eventId, result, until: now + retentionMs };
}
