import type { ClaimRow, HeldSpan, History, Position } from './schema.ts';

/** One event of a claim, as memory keeps it. */
export interface HeldEvent extends Position, History {
  readonly expiresAt: number;
}

/** Commit order; delayed events come after the segment whose place they share. */
export function comparePositions(a: Position, b: Position): number {
  if (a.seq !== b.seq) return a.seq - b.seq;
  if (typeof a.at === 'number' && typeof b.at === 'number') return a.at - b.at;
  if (typeof a.at !== typeof b.at) return typeof a.at === 'number' ? -1 : 1;
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

/** One string for each place, to look events up by. */
export function positionKey({ seq, at }: Position): string {
  return typeof at === 'number' ? `${seq}:${at}` : at;
}

/** Neighbours that stand alike as one span: a claim of thousands of events stays a small row. */
export function packSpans(events: readonly HeldEvent[]): HeldSpan[] {
  const spans: (HeldSpan & { count: number })[] = [];
  for (const event of [...events].sort(comparePositions)) {
    const last = spans.at(-1);
    if (last && continues(last, event)) last.count += 1;
    else spans.push({ ...event, count: 1 });
  }
  return spans;
}

function continues(span: HeldSpan, event: HeldEvent): boolean {
  return (
    typeof span.at === 'number' &&
    span.seq === event.seq &&
    span.at + span.count === event.at &&
    span.expiresAt === event.expiresAt &&
    span.attempts === event.attempts &&
    span.availableAt === event.availableAt &&
    span.lastError === event.lastError
  );
}

export function unpackSpans(claim: ClaimRow): HeldEvent[] {
  return claim.held.flatMap(({ count, ...first }) => {
    const { at } = first;
    if (typeof at === 'string') return [first];
    return Array.from({ length: count }, (_, offset) => ({ ...first, at: at + offset }));
  });
}
