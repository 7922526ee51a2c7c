import type { AttemptHistory, ClaimRow, HeldSpan, Position } from './schema.ts';

/** One event of a claim, in memory. Rows keep events of a claim as spans. */
export interface HeldEvent extends Position, AttemptHistory {
  readonly expiresAt: number;
}

/** Commit order. A delayed event comes after the events of the segment whose number it shares. */
export function comparePositions(a: Position, b: Position): number {
  if (a.seq !== b.seq) return a.seq - b.seq;
  if (typeof a.at === 'number' && typeof b.at === 'number') return a.at - b.at;
  if (typeof a.at !== typeof b.at) return typeof a.at === 'number' ? -1 : 1;
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

/** A string that identifies a position, as the key of a map. */
export function positionKey({ seq, at }: Position): string {
  return typeof at === 'number' ? `${seq}:${at}` : at;
}

/** Joins neighbouring events with equal columns into one span, so that a claim of thousands of events is a small row. */
export function packSpans(events: readonly HeldEvent[]): HeldSpan[] {
  const spans: (HeldSpan & { count: number })[] = [];
  for (const event of [...events].sort(comparePositions)) {
    const last = spans.at(-1);
    if (last && isAlike(last, event) && isNextIn(last, event)) last.count += 1;
    else spans.push({ ...event, count: 1 });
  }
  return packSegments(spans);
}

function packSegments(spans: readonly HeldSpan[]): HeldSpan[] {
  const packed: (HeldSpan & { segments?: number })[] = [];
  for (const span of spans) {
    const last = packed.at(-1);
    const segments = last?.segments ?? 1;
    const isSame = last?.at === span.at && last.count === span.count && isAlike(last, span);
    if (isSame && last.seq + segments === span.seq) last.segments = segments + 1;
    else packed.push({ ...span });
  }
  return packed;
}

function isNextIn(span: HeldSpan, { seq, at }: HeldEvent): boolean {
  return typeof span.at === 'number' && span.seq === seq && span.at + span.count === at;
}

function isAlike(span: HeldSpan, event: HeldEvent): boolean {
  return (
    span.expiresAt === event.expiresAt &&
    span.attempts === event.attempts &&
    span.availableAt === event.availableAt &&
    span.lastError === event.lastError &&
    span.key === event.key &&
    span.blocks === event.blocks &&
    span.retentionMs === event.retentionMs
  );
}

/** Whether the claim holds the event at this position. */
export function holdsPlace({ held }: ClaimRow, { seq, at }: Position): boolean {
  return held.some(({ count, segments = 1, ...first }) => {
    if (typeof at === 'string' || typeof first.at === 'string') return at === first.at;
    const isOfSegment = seq >= first.seq && seq < first.seq + segments;
    return isOfSegment && at >= first.at && at < first.at + count;
  });
}

export function countHeld({ held }: ClaimRow): number {
  return held.reduce((sum, { count, segments = 1 }) => sum + count * segments, 0);
}

export function unpackSpans({ held }: ClaimRow): HeldEvent[] {
  const events: HeldEvent[] = [];
  for (const { count, segments = 1, ...first } of held) {
    const { seq, at } = first;
    if (typeof at === 'string') events.push(first);
    else
      for (let segment = 0; segment < segments; segment += 1)
        for (let offset = 0; offset < count; offset += 1)
          events.push({ ...first, seq: seq + segment, at: at + offset });
  }
  return events;
}
