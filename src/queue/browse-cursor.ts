import { refuse } from '../core/options/options.ts';
import type { EventState } from '../core/protocols/browsed-page.ts';

/**
 * Where an event lies among the events of one state, in the order in which they are browsed. A place never changes while its
 * event stays in the state. `order` is a number of the store, and `at` an index or id within it.
 */
export type Place = readonly [section: number, dueAt: number, order: number, at: number | string];

/** Before every place. */
const BEFORE_ALL: Place = [-1, 0, 0, 0];

/** How far a browse has come. */
export interface BrowseCursor {
  /** The time of the first page, in epoch milliseconds. */
  readonly since: number;
  /** The greatest order when the first page was read. Later events are left out. */
  readonly until: number;
  /** The last place that was read. */
  readonly place: Place;
}

/** The cursor of a first page. */
export function firstCursor(since: number, until: number): BrowseCursor {
  return { since, until, place: BEFORE_ALL };
}

/** The cursor as callers get it, an opaque text. */
export function textOfCursor(state: EventState, { since, until, place }: BrowseCursor): string {
  return JSON.stringify([state, since, until, ...place]);
}

/** Undefined for the first page. Throws a `TypeError` for a text that is no cursor of this state. */
export function cursorOfText(
  state: EventState,
  after: string | undefined,
): BrowseCursor | undefined {
  if (after === undefined) return undefined;
  const [given, since, until, ...place] = parse(after);
  const at = place[3];
  const isCursor =
    given === state &&
    place.length === 4 &&
    [since, until, ...place.slice(0, 3)].every(Number.isFinite) &&
    (typeof at === 'string' || Number.isFinite(at));
  if (!isCursor) refuse('after', `the after of a page of ${state} events`, after);
  return { since: since as number, until: until as number, place: place as unknown as Place };
}

export function comparePlaces(a: Place, b: Place): number {
  for (const [index, part] of a.slice(0, 3).entries()) {
    const difference = Number(part) - Number(b[index]);
    if (difference !== 0) return difference;
  }
  const [at, other] = [a[3], b[3]];
  // IndexedDB sorts numbers before strings.
  if (typeof at !== typeof other) return typeof at === 'number' ? -1 : 1;
  return at < other ? -1 : at > other ? 1 : 0;
}

function parse(text: unknown): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(String(text));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
