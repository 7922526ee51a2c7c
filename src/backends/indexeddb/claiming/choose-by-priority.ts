import { agedPlaces, type DueKind, splitClaim } from '../../../queue/split-claim.ts';
import { freshSegments, type QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { comparePositions } from '../schema/held-spans.ts';
import type { Position, WaitingRow } from '../schema/schema.ts';
import {
  type Choice,
  type ChosenEvent,
  chooseEvents,
  chosenOf,
  countFresh,
  splitByKind,
} from './choose-events.ts';

/**
 * {@link chooseEvents}, the highest priority first. Of every four places of claims that cannot take all events, one goes to the
 * oldest event whatever its priority. Events of segments have the priority 0. Pure.
 */
export function chooseByPriority<Snapshot extends QueueSnapshot>(
  snapshot: Snapshot,
  limit: number,
): Choice {
  const ranked = snapshot.due.filter(({ priority }) => priority);
  if (ranked.length === 0) return chooseEvents(snapshot, limit);
  const plain = { ...snapshot, due: snapshot.due.filter(({ priority }) => !priority) };
  const { turn: favored = 'placed', sinceAged = 0 } = snapshot.newest;
  const plainCount = plain.due.length + countFresh(snapshot);
  const levels = levelsOf(ranked).length + Math.min(plainCount, 1);
  const isContested = levels > 1 && ranked.length + plainCount > limit;
  const aged = isContested ? agedPlaces(limit, sinceAged) : { places: 0, sinceAged };
  const oldest = oldestOf(ranked, plain, aged.places);
  const others = ranked.filter((row) => !oldest.has(row));
  const high = others.filter(({ priority = 0 }) => priority > 0);
  const low = others.filter(({ priority = 0 }) => priority < 0);
  const first = [...oldest, ...firstOf(high, limit - aged.places, favored)];
  const left = limit - first.length;
  const choice = chooseEvents(plain, left);
  const live = choice.chosen.filter(({ isExpired }) => !isExpired).length;
  const rows = [...first, ...firstOf(low, Math.max(0, left - live), favored)];
  const chosen = [...rows.map(chosenOf), ...choice.chosen].sort(inOrderOfDelivery);
  return { ...choice, chosen, sinceAged: aged.sinceAged };
}

/** Those of the `count` oldest events of the queue that have a priority. */
function oldestOf(
  ranked: readonly WaitingRow[],
  plain: QueueSnapshot,
  count: number,
): Set<WaitingRow> {
  const all: (Position | WaitingRow)[] = [...ranked, ...plain.due, ...freshPlaces(plain, count)];
  const oldest = new Set<Position>(all.sort(comparePositions).slice(0, count));
  return new Set(ranked.filter((row) => oldest.has(row)));
}

/** The places of the first `count` events that were never claimed. */
function freshPlaces(snapshot: QueueSnapshot, count: number): Position[] {
  const { cursor } = snapshot.newest;
  const places: Position[] = [];
  for (const { seq, size } of freshSegments(snapshot))
    for (let at = seq === cursor.seq ? cursor.at : 0; at < size && places.length < count; at += 1)
      places.push({ seq, at });
  return places;
}

/** The first `limit` events in the order of delivery. Those of one priority are split between the two kinds. */
function firstOf(rows: readonly WaitingRow[], limit: number, favored: DueKind): WaitingRow[] {
  const taken: WaitingRow[] = [];
  for (const level of levelsOf(rows)) {
    const { placed, retries } = splitByKind(level);
    const due = { placed: placed.length, retries: retries.length };
    const split = splitClaim(limit - taken.length, due, favored);
    taken.push(...placed.toSorted(comparePositions).slice(0, split.placed));
    taken.push(...retries.toSorted(comparePositions).slice(0, split.retries));
  }
  return taken;
}

/** The rows by priority, the highest first. */
export function levelsOf(rows: readonly WaitingRow[]): (readonly WaitingRow[])[] {
  const levels = new Map<number, WaitingRow[]>();
  for (const row of rows) {
    const { priority = 0 } = row;
    const level = levels.get(priority);
    if (level) level.push(row);
    else levels.set(priority, [row]);
  }
  return [...levels].sort(([a], [b]) => b - a).map(([, level]) => level);
}

function inOrderOfDelivery(a: ChosenEvent, b: ChosenEvent): number {
  return (b.priority ?? 0) - (a.priority ?? 0) || comparePositions(a, b);
}
