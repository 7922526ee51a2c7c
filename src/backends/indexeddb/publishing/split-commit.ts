import type { NewEvent } from '../../../queue/event-store.ts';
import { hasOwnRow } from '../schema/event-rows.ts';

/** The events of one commit. */
export interface SplitCommit {
  /** They go to segments. */
  readonly placed: readonly NewEvent[];
  /** They get rows of their own. */
  readonly own: readonly NewEvent[];
  /** A later event of the commit replaces them. They are not stored. */
  readonly superseded: readonly NewEvent[];
}

/**
 * Events with rows of their own have positions after the segments of their commit. So the later events of their keys get such rows,
 * too.
 */
export function splitCommit(events: readonly NewEvent[]): SplitCommit {
  if (!events.some(hasOwnRow)) return { placed: events, own: [], superseded: [] };
  const superseded = supersededOf(events);
  const ownKeys = new Set<string>();
  const own: NewEvent[] = [];
  const placed: NewEvent[] = [];
  for (const event of events) {
    if (superseded.has(event)) continue;
    const name = lineOf(event);
    const isOwn = hasOwnRow(event) || (name !== undefined && ownKeys.has(name));
    (isOwn ? own : placed).push(event);
    if (isOwn && name !== undefined) ownKeys.add(name);
  }
  return { placed, own, superseded: [...superseded] };
}

function supersededOf(events: readonly NewEvent[]): Set<NewEvent> {
  const superseded = new Set<NewEvent>();
  const lines = new Map<string, NewEvent[]>();
  for (const event of events) {
    const name = lineOf(event);
    if (name === undefined) continue;
    if (event.replaces) for (const earlier of lines.get(name) ?? []) superseded.add(earlier);
    const line = event.replaces ? [] : (lines.get(name) ?? []);
    line.push(event);
    lines.set(name, line);
  }
  return superseded;
}

function lineOf({ channel, key }: NewEvent): string | undefined {
  return key === undefined ? undefined : `${channel} ${key}`;
}
