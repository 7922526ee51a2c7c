// Covers src/backends/indexeddb/claims/held-claim.ts
import { AcklineError } from 'ackline';
import { expect, test } from 'vitest';
import type { EndingRow, EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { openStore } from '../open-store.ts';

test('settle: a call whose read failed does not count as one that has read', async () => {
  const db = await openStore();
  await db.backend.publish('a', 1);
  const old = await db.backend.dequeue('a', 0, { leaseMs: 1_000 });
  await db.runtime.advance(1_001);
  const other = db.open();
  const taken = await other.backend.dequeue('a', 0);
  expect(await other.backend.ack(String(taken?.eventId), taken?.lease)).toBe('ok');
  // As a clean-up does: this context releases its read lock, and the guard rows are deleted.
  db.connection.readLocks.end();
  const epochs = (await db.rows('epochs')) as EpochRow[];
  const lost = epochs.slice(0, -1).map(({ epoch }) => epoch);
  for (const epoch of lost) await db.remove('epochs', ['a', epoch]);
  for (const { epoch, generation } of (await db.rows('endings')) as EndingRow[])
    if (lost.includes(epoch)) await db.remove('endings', ['a', epoch, generation]);
  const { read } = db.connection;
  db.connection.read = async () => {
    db.connection.read = read;
    throw new AcklineError('storage', 'disk on fire');
  };
  const ack = () => db.backend.ack(String(old?.eventId), old?.lease);
  await expect(ack()).rejects.toMatchObject({ code: 'storage' });
  expect(await ack()).toBe('gone');
});
