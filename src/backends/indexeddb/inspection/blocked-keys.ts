import { nextEpoch } from '../claims/next-epoch.ts';
import { readClaims } from '../cleanup/read-claims.ts';
import type { Connection } from '../database/connection.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { blockedRange, blockRowOf, freedRowOf } from '../schema/key-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import type { MoveLettersParts } from './move-letters.ts';

/** The keys of a queue that a dead letter blocks. */
export async function blockedKeys(connection: Connection, queue: string): Promise<string[]> {
  const { result } = await connection.read(['returned'], (tx) =>
    tx.objectStore('returned').getAll(blockedRange(queue)),
  );
  return (result as unknown[]).flatMap((row) =>
    isSound('returned', row) && row.key !== undefined ? row.key : [],
  );
}

/**
 * Lets the events of a blocked key go on. It is a decision like a claim: of several contexts that release the key at once, one
 * does. Resolves with whether this context did.
 */
export function releaseKey(
  { connection, claimers }: Pick<MoveLettersParts, 'connection' | 'claimers'>,
  queue: string,
  key: string,
): Promise<boolean> {
  const block = keyOfWaiting(blockRowOf(queue, key));
  return claimers.use(queue).decide(1, async () => {
    const snapshot = await readClaims(connection, queue);
    const { result } = await connection.read(['returned'], (tx) =>
      tx.objectStore('returned').getKey(block),
    );
    if (result === undefined) return false;
    const next = nextEpoch(snapshot, snapshot.stamp.at);
    const isReleased = await connection.decide(snapshot.stamp, [
      ['delete', 'returned', block],
      ['put', 'returned', freedRowOf(queue, String(next.epoch), [key])],
      ['add', 'epochs', next],
    ]);
    return isReleased || undefined;
  });
}
