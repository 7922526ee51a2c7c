import type { Connection } from '../database/connection.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  requestClaims,
  storedLowWater,
} from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';

/** A snapshot of the claims of a queue, without its waiting events and segments. */
export async function readClaims(connection: Connection, queue: string): Promise<QueueSnapshot> {
  const stamp = await connection.stamp();
  const from = await storedLowWater(connection, queue);
  const found = await connection.read(CLAIM_STORES, (tx) => requestClaims(tx, queue, from));
  const nothing = { due: [], ahead: [], nextReturnAt: null, segments: [] };
  return { ...claimTableOf(queue, found, from), queue, stamp, ...nothing };
}
