// Covers src/backends/indexeddb/claiming/key-gate.ts
import { expect, test } from 'vitest';
import { drain, openStore } from '../open-store.ts';

/**
 * A context reads the last position for its event, and is then slow, as a frozen page is. Another event of the key is stored and
 * delivered meanwhile. So the new event is stored before one that was delivered already.
 */
async function publishLate(options: object) {
  const db = await openStore();
  const slow = db.open();
  const read = slow.connection.read.bind(slow.connection);
  let held: { eventId: string; lease?: unknown } | undefined;
  slow.connection.read = async (stores, issue) => {
    const found = await read(stores, issue);
    if (String(stores) !== 'segments,late,returned') return found;
    slow.connection.read = read;
    await db.backend.publish('a', 'delivered', null, { key: 'k' });
    held = (await db.backend.dequeue('a', 0)) ?? undefined;
    return found;
  };
  await slow.backend.publish('a', 'late', null, { key: 'k', ...options });
  return { ...db, held: held as NonNullable<typeof held> };
}

test.each([
  ['a delayed event', { delayMs: 1_000 }],
  ['an event that replaces others', { replaces: 'waiting' }],
])(
  '%s that is stored before a delivered one of its key: both are delivered after a nack',
  async (_, options) => {
    const db = await publishLate(options);
    await db.runtime.advance(2_000);
    expect(await db.backend.dequeue('a', 0)).toBeNull();
    await db.backend.nack(db.held.eventId, db.held.lease as number);
    expect((await drain(db, 'a')).sort()).toEqual(['delivered', 'late']);
    expect(await db.rows('returned')).toEqual([]);
  },
);
