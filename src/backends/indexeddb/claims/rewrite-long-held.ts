import type { Connection } from '../database/connection.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { rewriteClaim } from './update-claim.ts';

/** The number of epoch rows that a scan may read because of one old claim. */
const MAX_YOUNG = 256;

/**
 * Writes a row in `claims` for each claim that is held while many newer claims were made. Later scans then need not read all
 * epoch rows since that claim. The owner reads its changed claim again and keeps the same lease.
 */
export async function rewriteLongHeld(
  connection: Connection,
  { claims, newest, stamp }: QueueSnapshot,
): Promise<void> {
  const longHeld = claims.filter(
    ({ generation, epoch }) => generation === 0 && newest.epoch - epoch >= MAX_YOUNG,
  );
  for (const claim of longHeld) await rewriteClaim(connection, claim, stamp);
}
