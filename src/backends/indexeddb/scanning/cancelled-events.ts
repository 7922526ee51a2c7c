import type { Connection } from '../database/connection.ts';
import { positionKey } from '../schema/held-spans.ts';
import type { EpochRow } from '../schema/schema.ts';

/**
 * The cancelled events from the cursor to segment `lastSeq`, by {@link positionKey}. It takes a transaction only where the
 * newest epoch says that there are any. They change under an epoch alone, so a claim on an outdated result fails.
 */
export async function readCancelled(
  connection: Connection,
  { queue, cursor, cancelledSeq = 0 }: EpochRow,
  lastSeq: number = Number.POSITIVE_INFINITY,
): Promise<ReadonlySet<string> | undefined> {
  if (cancelledSeq < cursor.seq || !cancelledSeq) return undefined;
  const range = IDBKeyRange.bound([queue, cursor.seq, cursor.at], [queue, lastSeq, []]);
  const { result } = await connection.read(['cancelled'], (tx) =>
    tx.objectStore('cancelled').getAllKeys(range),
  );
  const keys = result as [string, number, number][];
  return new Set(keys.map(([, seq, at]) => positionKey({ seq, at })));
}
