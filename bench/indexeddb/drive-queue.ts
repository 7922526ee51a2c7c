import type { CycleQueue, QueueSettings } from './cycle-queue.ts';
import { type CycleTerms, driveCycles } from './cycles.ts';
import { deleteDatabase } from './database.ts';

export type QueueOpener = (settings: QueueSettings, batch: number) => Promise<CycleQueue>;

/** Opens a queue over a new database, runs full cycles, and deletes it. Returns cycles per second. */
export async function driveQueue(
  open: QueueOpener,
  durability: QueueSettings['durability'],
  terms: CycleTerms,
): Promise<number> {
  const database = `bench-${crypto.randomUUID()}`;
  const queue = await open({ database, durability }, terms.batch);
  const perSecond = await driveCycles(queue, terms);
  await queue.close();
  await deleteDatabase(database);
  return perSecond;
}
