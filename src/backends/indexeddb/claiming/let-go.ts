import type { EventResult } from '../../../core/events/event-result.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import { isLarge } from '../claims/update-claim.ts';
import type { Connection } from '../database/connection.ts';
import type { Write } from '../database/transactions.ts';
import { ofQueue } from '../scanning/claim-table.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { letGoRowOf } from '../schema/event-rows.ts';
import { endedRowOf } from '../schema/key-rows.ts';
import type { DelayedPayloadRow } from '../schema/payload-rows.ts';
import type { ResultRow } from '../schema/result-row.ts';
import { isSound } from '../schema/row-checks.ts';
import type { WaitingRow } from '../schema/schema.ts';

/** How many events one step asks about, and the most that it lets go. */
const STEP_IDS = 100;
const STEP_EVENTS = 200;

/**
 * Lets the events go that the listed events have held back, and that have ended. It is a decision like a claim: it adds the next
 * epoch. Resolves with whether it decided, or lost to another context: the snapshot is then out of date.
 *
 * A listed event that is pending is dropped from the list: its end adds it again. Only claims with `isAwaited` do so. They are
 * those made after a decision has found that an event is held back. So while an earlier claim holds any event with a retention,
 * the list stays. docs/decisions/0060 has the proof that no event is held for ever.
 */
export async function letGo(connection: Connection, snapshot: QueueSnapshot): Promise<boolean> {
  const { queue, stamp, claims, newest, ended = [] } = snapshot;
  const ids = [...new Set(ended.flatMap((row) => row.ended ?? []))];
  const asked = ids.slice(0, STEP_IDS);
  const { held, isMore } = await readHeld(connection, queue, asked);
  const results = await readEnds(connection, queue, [...held.keys()], stamp.at);
  const isUnsure = claims.some(
    (claim) => !claim.isAwaited && claim.held.some(({ retentionMs }) => retentionMs),
  );
  const taken: Taken[] = [];
  const left = ids.slice(STEP_IDS);
  for (const [eventId, rows] of held) {
    const after = results.get(eventId) as EventResult;
    const isPending = after.state === 'pending';
    const some = isPending ? [] : rows.slice(0, STEP_EVENTS - taken.length);
    taken.push(...some.map((row) => ({ row, after })));
    if (isPending ? isUnsure : some.length < rows.length || rows.length === STEP_EVENTS)
      left.push(eventId);
  }
  const isAwaited = isMore(taken.length);
  const isChange = left.length < ids.length || isAwaited !== (newest.isAwaited === true);
  if (!isChange && taken.length === 0) return false;
  const epoch = nextEpoch(snapshot, stamp.at);
  const moves = await movesOf(connection, taken);
  const writes: Write[] = [
    ...moves,
    ...ended.map((row) => ['delete', 'returned', keyOfWaiting(row)] as const),
    ...(left.length > 0
      ? [['put', 'returned', endedRowOf(queue, String(epoch.epoch), left)] as const]
      : []),
    ['add', 'epochs', { ...epoch, isAwaited: isAwaited || undefined }],
  ];
  const mayFailAmid = moves.some(([, store, row]) => store === 'late' && isLarge(row));
  await connection.decide(stamp, writes, { ending: mayFailAmid ? 'auto' : 'commit' });
  return true;
}

interface Taken {
  readonly row: WaitingRow;
  readonly after: EventResult;
}

/** The rows that each of these events holds back. `isMore`: whether the queue has more than `count` rows that are held back. */
async function readHeld(connection: Connection, queue: string, ids: readonly string[]) {
  const { rows, all } = await connection.read(['returned'], (tx) => {
    const index = tx.objectStore('returned').index('heldBy');
    return {
      rows: ids.map((id) =>
        index.getAll(IDBKeyRange.bound([queue, id], [queue, id, []]), STEP_EVENTS),
      ),
      all: index.getAllKeys(ofQueue(queue), STEP_EVENTS + 1),
    };
  });
  const held = new Map<string, readonly WaitingRow[]>();
  for (const [index, { result }] of rows.entries()) {
    const sound = (result as WaitingRow[]).filter((row) => isSound('returned', row));
    if (sound.length > 0) held.set(ids[index] as string, sound);
  }
  return { held, isMore: (count: number) => all.result.length > count };
}

/** The results of these events. They are read after the rows that wait for them. */
async function readEnds(
  connection: Connection,
  queue: string,
  ids: readonly string[],
  now: number,
): Promise<Map<string, EventResult>> {
  const ends = new Map<string, EventResult>();
  if (ids.length === 0) return ends;
  const { rows } = await connection.read(['results'], (tx) => ({
    rows: ids.map((id) => tx.objectStore('results').get([queue, id])),
  }));
  for (const [index, { result: row }] of rows.entries()) {
    const eventId = ids[index] as string;
    const { result, until = Number.POSITIVE_INFINITY } = (row ?? {}) as Partial<ResultRow>;
    const isKept = isSound('results', row) && until > now;
    ends.set(eventId, isKept && result ? result : { eventId, state: 'unknown' });
  }
  return ends;
}

/** The result goes into the payload row, so that each delivery has it. A claim moves an event without that row to quarantine. */
async function movesOf(connection: Connection, taken: readonly Taken[]): Promise<Write[]> {
  if (taken.length === 0) return [];
  const { rows } = await connection.read(['late'], (tx) => ({
    rows: taken.map(({ row }) => tx.objectStore('late').get(String(row.at))),
  }));
  return taken.flatMap(({ row, after }, index): Write[] => {
    const late = rows[index]?.result as DelayedPayloadRow | undefined;
    return [
      ['delete', 'returned', keyOfWaiting(row)],
      ['put', 'returned', letGoRowOf(row, late ?? {})],
      ...(isSound('late', late) ? [['put', 'late', { ...late, after }] as const] : []),
    ];
  });
}
