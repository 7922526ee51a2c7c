import type { Connection } from './connection.ts';
import type { Position } from './schema.ts';
import { comparePositions, holdsPlace, positionKey } from './spans.ts';
import {
  CLAIM_STORES,
  type ClaimKey,
  type LowWater,
  lowWaterIn,
  requestClaim,
  requestClaims,
  requestNewest,
  type StoredClaim,
  soundClaims,
  storedClaim,
} from './standing.ts';

/** How does a claim stand, and what of these events, if it does not hold them? */
export interface ClaimQuestion extends ClaimKey {
  readonly asked: readonly Position[];
}

export interface ClaimAnswer extends StoredClaim {
  /** By {@link positionKey}, those of the asked events that the claim does not hold, and that are stored all the same. */
  readonly stored: ReadonlySet<string>;
}

/** More rows than there can be at so many places, unless foreign ones are among them. */
const MAX_WAITING = 10_000;

/**
 * Answers many questions at once: one transaction for the claims and, where one has lost an event that is asked about, another for
 * each queue. What waits in a queue costs nothing here: only the claims of the queue, and the places that are
 * asked about, are read.
 */
export async function askClaims(
  connection: Connection,
  questions: readonly ClaimQuestion[],
): Promise<ClaimAnswer[]> {
  const queues = new Set(questions.map(({ queue }) => queue));
  const found = await connection.read(CLAIM_STORES, (tx) => ({
    claims: questions.map((question) => requestClaim(tx, question)),
    newest: [...queues].map((queue) => requestNewest(tx, queue)),
  }));
  const claims = found.claims.map(storedClaim);
  const lostIn = (queue: string) =>
    questions.flatMap((question, index) => {
      const row = claims[index]?.row;
      if (question.queue !== queue) return [];
      return question.asked.filter((place) => !row || !holdsPlace(row, place));
    });
  const stored = new Map<string, ReadonlySet<string>>();
  for (const [index, queue] of [...queues].entries()) {
    const newest = found.newest[index] as (typeof found.newest)[number];
    const from = () => lowWaterIn(queue, newest);
    stored.set(queue, await storedPlaces(connection, queue, lostIn(queue), from));
  }
  return claims.map((claim, index) => {
    const queue = questions[index]?.queue as string;
    return { ...claim, stored: stored.get(queue) as ReadonlySet<string> };
  });
}

/** Of these places of `queue` those, by {@link positionKey}, whose event is held by anyone, or waits. */
async function storedPlaces(
  connection: Connection,
  queue: string,
  places: readonly Position[],
  lowWater: () => LowWater,
): Promise<ReadonlySet<string>> {
  if (places.length === 0) return new Set();
  const from = lowWater();
  const isPlaced = ({ at }: Position) => typeof at === 'number';
  const runs = runsOf(queue, places.filter(isPlaced));
  const late = places.map(({ at }) => at).filter((at) => typeof at === 'string');
  const found = await connection.read([...CLAIM_STORES, 'returned', 'late'], (tx) => ({
    ...requestClaims(tx, queue, from),
    waiting: runs.map((run) =>
      tx.objectStore('returned').index('place').getAllKeys(run, MAX_WAITING),
    ),
    // A delayed event is stored for as long as its row is there.
    late: late.map((id) => tx.objectStore('late').getKey(id)),
  }));
  const stored = new Set<string>();
  for (const { result } of found.late) if (result !== undefined) stored.add(String(result));
  for (const { result } of found.waiting)
    for (const [, , seq, at] of result as [string, number, number, number | string][])
      stored.add(positionKey({ seq, at }));
  const claims = soundClaims(found);
  for (const place of places.filter(isPlaced))
    if (claims.some((claim) => holdsPlace(claim, place))) stored.add(positionKey(place));
  return stored;
}

/** Places next to each other as one range: as of events that were claimed together. */
function runsOf(queue: string, places: readonly Position[]): IDBKeyRange[] {
  const runs: { first: Position; last: Position }[] = [];
  for (const place of [...places].sort(comparePositions)) {
    const run = runs.at(-1);
    if (run && isNext(run.last, place)) run.last = place;
    else runs.push({ first: place, last: place });
  }
  return runs.map(({ first, last }) =>
    IDBKeyRange.bound([queue, first.seq, first.at], [queue, last.seq, last.at]),
  );
}

function isNext(last: Position, { seq, at }: Position): boolean {
  if (seq === last.seq) return at === Number(last.at) + 1 || at === last.at;
  return seq === last.seq + 1 && at === 0;
}
