import type { DeadLetter } from '../../../core/events/message.ts';
import type { Connection } from '../database/connection.ts';
import type { QuarantinedRow } from '../schema/quarantined-row.ts';
import { isSound } from '../schema/row-checks.ts';
import type { AcklineSchema, DeadRow } from '../schema/schema.ts';

export async function browseDeadLetters(
  connection: Connection,
  queue: string,
  limit: number,
  after: number | undefined,
): Promise<DeadLetter[]> {
  const rows = await browseRows(connection, 'dead', queue, limit, after);
  return rows.map(letterOfRow);
}

export function letterOfRow({ n, letter }: Required<DeadRow>): DeadLetter {
  return { ...letter, cursor: String(n) };
}

export async function browseQuarantined(
  connection: Connection,
  channel: string,
  limit: number,
): Promise<QuarantinedRow[]> {
  const rows = await browseRows(connection, 'aside', channel, limit);
  return rows.map(({ v, n, queue, version, from, ...rest }) => ({ ...rest, channel }));
}

/** The first `limit` usable rows of a queue, oldest first, from a store with key `n` and an index on [queue, n]. */
async function browseRows<Store extends 'dead' | 'aside'>(
  connection: Connection,
  store: Store,
  queue: string,
  limit: number,
  after?: number,
) {
  const found: Required<AcklineSchema[Store]['value']>[] = [];
  let last: readonly unknown[] = after === undefined ? [queue] : [queue, after];
  for (;;) {
    const range = IDBKeyRange.bound(last, [queue, []], true, true);
    const { result } = await connection.read([store], (tx) =>
      tx.objectStore(store).index('queue').getAll(range, limit),
    );
    found.push(...result.filter((row) => isSound(store, row)));
    if (found.length >= limit || result.length < limit) return found.slice(0, limit);
    last = [queue, result.at(-1).n];
  }
}
