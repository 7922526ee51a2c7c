import { agedPlaces, type DueKind, splitClaim } from '../../../queue/split-claim.ts';
import { freshSegments, type QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { comparePositions, positionKey } from '../schema/held-spans.ts';
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
 * oldest event, whatever its priority is. Events of segments have the priority 0. `isCut`: the snapshot may lack segments of the
 * queue. Their events go before those of a low priority. Pure.
 */
export function chooseByPriority<Snapshot extends QueueSnapshot>(
  snapshot: Snapshot,
  limit: number,
  isCut = false,
): Choice {
  const ranked = snapshot.due.filter(({ priority }) => priority);
  if (ranked.length === 0) return chooseEvents(snapshot, limit, isCut);
  const plain = { ...snapshot, due: snapshot.due.filter(({ priority }) => !priority) };
  const { turn: favored = 'placed', sinceAged = 0 } = snapshot.newest;
  const plainCount = plain.due.length + countFresh(snapshot);
  const levels = levelsOf(ranked).length + Math.min(plainCount, 1);
  const isContested = levels > 1 && ranked.length + plainCount > limit;
  const aged = isContested ? agedPlaces(limit, sinceAged) : { places: 0, sinceAged };
  const oldest = oldestOf(ranked, plain, aged.places);
  const agedRows = ranked.filter((row) => oldest.includes(row));
  const others = ranked.filter((row) => !oldest.includes(row));
  const high = others.filter(({ priority = 0 }) => priority > 0);
  const low = others.filter(({ priority = 0 }) => priority < 0);
  const first = [...agedRows, ...firstOf(high, limit - aged.places, favored)];
  const left = limit - first.length;
  const turn = kindOfOldest(oldest, plain) ?? favored;
  const choice = chooseEvents({ ...plain, newest: { ...plain.newest, turn } }, left, isCut);
  const live = choice.chosen.filter(({ isExpired }) => !isExpired).length;
  const rows = [...first, ...firstOf(low, isCut ? 0 : Math.max(0, left - live), favored)];
  const chosen = [...rows.map(chosenOf), ...choice.chosen].sort(inOrderOfDelivery);
  return { ...choice, chosen, sinceAged: aged.sinceAged };
}

/** The `count` oldest events of the queue: rows of `ranked` and `plain`, and places of events that were never claimed. */
function oldestOf(
  ranked: readonly WaitingRow[],
  plain: QueueSnapshot,
  count: number,
): readonly Position[] {
  const all: Position[] = [...ranked, ...plain.due, ...freshPlaces(plain, count)];
  return all.sort(comparePositions).slice(0, count);
}

/** The kind of the first event of `oldest` without a priority. It must get a place. */
function kindOfOldest(oldest: readonly Position[], plain: QueueSnapshot): DueKind | undefined {
  const { retries } = splitByKind(plain.due);
  const rows: readonly Position[] = plain.due;
  const first = oldest.find((place) => rows.includes(place) || !('dueAt' in place));
  return first && ((retries as readonly Position[]).includes(first) ? 'retries' : 'placed');
}

/** The places of the first `count` events that were never claimed. */
function freshPlaces(snapshot: QueueSnapshot, count: number): Position[] {
  const { cursor } = snapshot.newest;
  const places: Position[] = [];
  for (const { seq, size } of freshSegments(snapshot))
    for (let at = seq === cursor.seq ? cursor.at : 0; at < size && places.length < count; at += 1)
      if (!snapshot.cancelled?.has(positionKey({ seq, at }))) places.push({ seq, at });
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
