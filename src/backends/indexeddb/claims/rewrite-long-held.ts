import { restateClaim } from './update-claim.ts';
import type { Connection } from '../database/connection.ts';
import type { QueueView } from '../scanning/queue-snapshot.ts';

/** Epochs that a look reads for the sake of one claim. */
const MAX_YOUNG = 256;

/**
 * Gives claims that have stood while many others came a row of their own, so that looks need not read all epochs since.
 * The owner finds its claim changed, and goes on under the same token.
 */
export async function restateLongHeld(
  connection: Connection,
  { claims, newest, seen }: QueueView,
): Promise<void> {
  const longHeld = claims.filter(
    ({ generation, epoch }) => generation === 0 && newest.epoch - epoch >= MAX_YOUNG,
  );
  for (const claim of longHeld) await restateClaim(connection, claim, seen);
}
