import type { Connection } from '../database/connection.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { rewriteClaim } from './update-claim.ts';

/** Epochs that a look reads for the sake of one claim. */
const MAX_YOUNG = 256;

/**
 * Gives claims that have stood while many others came a row of their own, so that looks need not read all epochs since.
 * The owner finds its claim changed, and goes on under the same token.
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
