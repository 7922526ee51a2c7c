// Covers src/backends/indexeddb/claims/claim-settler.ts, src/backends/indexeddb/claims/held-claim.ts
import { expect, test } from 'vitest';
import { type FullBackend, openDatabase, settled } from '../open-indexeddb.ts';

/** A context holds an event, the data is deleted, and another context holds the first event of the next database. */
async function replaceDatabase() {
  const { database, open } = openDatabase();
  const [old, other] = [open(), open()] as const;
  await old.publish('a', 'of the old database');
  const lost = await old.dequeue('a', 0);
  await settled(indexedDB.deleteDatabase(database));
  await other.publish('a', 'of the new database');
  const held = await other.dequeue('a', 0);
  // The new database counts from the start again.
  expect(held?.lease).toBe(lost?.lease);
  return { old, other, lostId: String(lost?.eventId), heldId: String(held?.eventId) };
}

type Settle = (backend: FullBackend, eventId: string) => Promise<string>;

const verbs: readonly (readonly [string, Settle])[] = [
  ['ack', (backend, eventId) => backend.ack(eventId, 1)],
  ['nack', (backend, eventId) => backend.nack(eventId, 1)],
  ['reject', (backend, eventId) => backend.reject(eventId, 1)],
  ['extend', (backend, eventId) => backend.extend(eventId, 1, 10)],
];

for (const [verb, settle] of verbs) {
  test(`${verb}: a delivery of a deleted database settles no event of the next one`, async () => {
    const { old, other, lostId, heldId } = await replaceDatabase();
    expect(await settle(old, lostId)).toBe('gone');
    expect(await other.ack(heldId, 1)).toBe('ok');
  });

  test(`${verb}: also after its context has noticed the deletion`, async () => {
    const { old, other, lostId, heldId } = await replaceDatabase();
    await old.stats('a');
    expect(await settle(old, lostId)).toBe('gone');
    expect(await other.ack(heldId, 1)).toBe('ok');
  });
}
