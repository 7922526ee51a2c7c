import { nextEpoch } from '../claims/next-epoch.ts';
import { updateClaimOnce } from '../claims/update-claim.ts';
import { hasGuardRows } from '../cleanup/guard-rows.ts';
import { readClaims } from '../cleanup/read-claims.ts';
import type { Connection } from '../database/connection.ts';
import type { Write } from '../database/transactions.ts';
import { ofQueue, readNewest } from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { keyRanges } from '../schema/key-ranges.ts';
import type { OwnNamesStore } from './own-names.ts';

/** The most rows that one transaction deletes. */
const STEP_ROWS = 1_000;

/** The stores whose rows of a queue are found by an index. */
const INDEXED = [
  ['segments', 'fresh'],
  ['dead', 'queue'],
  ['aside', 'queue'],
] as const;

/**
 * Ends the queue of a deleted group, and deletes its rows. Any context may do so, and again at any time.
 *
 * 1. A last epoch, after which no decision is made. So no event is claimed, redriven or cancelled from here on. Nothing is
 *    copied into the queue, because its group is gone from the channel's groups.
 * 2. The ending of each claim, under the same key as a settlement. So a later settlement fails, and its answer is `gone`. Now
 *    no context adds a row.
 * 3. The rows are deleted, and the guard rows as soon as no context can decide by an earlier read (see guard-rows.ts).
 *
 * Resolves with whether no row is left.
 */
export async function clearQueue(store: OwnNamesStore, queue: string): Promise<boolean> {
  const { connection } = store.counter;
  if (await endQueue(store, queue)) {
    const snapshot = await endClaims(connection, queue);
    await store.settler.compare(queue, snapshot);
    await deleteRows(connection, queue);
    const { epoch } = snapshot.newest;
    store.housekeeping.noteNewest({ ...snapshot.newest, epoch: epoch + 1, spentEpoch: epoch });
  }
  return (
    (await readNewest(connection, queue)) === undefined && !(await hasGuardRows(connection, queue))
  );
}

/** The first step of {@link clearQueue}. Resolves with false where there is nothing to end. */
export async function endQueue(store: OwnNamesStore, queue: string): Promise<boolean> {
  const { connection } = store.counter;
  const isUsed =
    (await readNewest(connection, queue)) !== undefined || (await hasRows(connection, queue));
  if (!isUsed) return false;
  await store.claimers.use(queue).decide(1, async () => {
    const snapshot = await readClaims(connection, queue);
    const { newest, stamp } = snapshot;
    if (newest.isEnded) return true;
    const last = { ...nextEpoch(snapshot, stamp.at), isEnded: true };
    return (await connection.decide(stamp, [['add', 'epochs', last]])) || undefined;
  });
  return true;
}

/** Resolves with a snapshot that has no usable claim. */
async function endClaims(connection: Connection, queue: string): Promise<QueueSnapshot> {
  for (;;) {
    const snapshot = await readClaims(connection, queue);
    const { claims, stamp } = snapshot;
    if (claims.length === 0) return snapshot;
    for (const claim of claims)
      await updateClaimOnce(connection, { claim, stamp, changes: [], held: [] });
  }
}

async function deleteRows(connection: Connection, queue: string): Promise<void> {
  const stamp = await connection.stamp();
  const copies = IDBKeyRange.bound(`${queue}@`, `${queue}@\uffff`);
  const deletes: Write[] = [
    ['delete', 'claims', ofQueue(queue)],
    ['delete', 'returned', ofQueue(queue)],
    ['delete', 'cancelled', ofQueue(queue)],
    ['delete', 'results', ofQueue(queue)],
    ['delete', 'late', copies],
  ];
  await connection.clear(stamp, deletes);
  for (const [name, index] of INDEXED)
    for (let keys = await keysOf(connection, queue, name, index); keys.length > 0; ) {
      const step = keyRanges(keys).map((range) => ['delete', name, range] as const);
      if (!(await connection.clear(stamp, step))) return;
      keys = await keysOf(connection, queue, name, index);
    }
}

async function keysOf(
  connection: Connection,
  queue: string,
  name: (typeof INDEXED)[number][0],
  index: string,
): Promise<number[]> {
  const { result } = await connection.read([name], (tx) =>
    tx.objectStore(name).index(index).getAllKeys(ofQueue(queue), STEP_ROWS),
  );
  return result as number[];
}

/** Whether events were copied into the queue. */
async function hasRows(connection: Connection, queue: string): Promise<boolean> {
  const { segments, returned } = await connection.read(['segments', 'returned'], (tx) => ({
    segments: tx.objectStore('segments').index('fresh').getKey(ofQueue(queue)),
    returned: tx.objectStore('returned').getKey(ofQueue(queue)),
  }));
  return segments.result !== undefined || returned.result !== undefined;
}
