import type { BrowsedEvent } from '../../../core/protocols/browsed-page.ts';
import type { BrowseCursor, Place } from '../../../queue/browse-cursor.ts';
import type { BrowseRequest } from '../../../queue/inspection-source.ts';
import type { Connection } from '../database/connection.ts';
import type { EventContent } from '../schema/event-rows.ts';
import type { AttemptHistory } from '../schema/schema.ts';

/** An event that a browse has found, and its place in the browse. */
export interface FoundEvent {
  readonly place: Place;
  readonly event: BrowsedEvent;
}

/** A browse of one queue. */
export interface Browse {
  readonly connection: Connection;
  readonly request: BrowseRequest;
  readonly from: BrowseCursor;
}

/** The events of a read are few, so that a page with few events reads little. */
export function eventsPerRead({ limit }: BrowseRequest): number {
  return Math.min(limit + 1, 64);
}

export function browsedEvent(
  content: EventContent,
  history: AttemptHistory,
  { state, payload: isAsked }: BrowseRequest,
): BrowsedEvent {
  const { attempts, availableAt } = history;
  const { eventId, channel, payload, metadata, createdAt, ...options } = content;
  const { delayMs = 0, redriven, ttlMs, key, after, priority } = options;
  return {
    ...{ eventId, channel, state },
    ...(isAsked && { payload }),
    ...{ metadata, createdAt, attempts, lastError: history.lastError ?? null },
    availableAt: availableAt ?? (redriven?.redrivenAt ?? createdAt) + delayMs,
    ...(redriven && { redriven }),
    ...(key !== undefined && { key }),
    ...(after && { waitsFor: after.eventId }),
    ...(priority && { priority }),
    ...(ttlMs !== undefined && { expiresAt: createdAt + ttlMs }),
  };
}
