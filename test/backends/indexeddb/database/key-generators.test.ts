import { expect, test } from 'vitest';
import { drafts } from '../open-indexeddb.ts';
import { drain, openStore } from '../open-store.ts';

/** Foreign rows that leave the generator of a store no key, one key, or keys beyond what this library uses. */
const TOPS = { 'at its end': 2 ** 53, 'one before its end': 2 ** 53 - 1, 'far out': 2 ** 52 };

const SEGMENT = { v: 1, queue: 'theirs', ids: ['x'], payloads: ['forged'], createdAt: [0] };

for (const [name, top] of Object.entries(TOPS)) {
  test(`a row that puts the generator of segments ${name}: publishing goes on, in order, from all contexts`, async () => {
    const db = await openStore();
    const other = db.open();
    await db.backend.publishMany(drafts('a', 2));
    await db.write('segments', { ...SEGMENT, seq: top });
    await db.backend.publish('a', 2);
    await other.backend.publish('a', 3);
    await Promise.all([
      db.backend.publishMany([
        { channel: 'a', payload: 'x' },
        { channel: 'b', payload: 'x' },
      ]),
      other.backend.publishMany([
        { channel: 'a', payload: 'y' },
        { channel: 'b', payload: 'y' },
      ]),
    ]);
    await db.backend.publish('a', 4);
    const all = await drain(other, 'a');
    expect(all.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(all.slice(4, 6).toSorted()).toEqual(['x', 'y']);
    expect(all.slice(6)).toEqual([4]);
    expect((await drain(db, 'b')).toSorted()).toEqual(['x', 'y']);
    for (const { observer } of [db, other]) expect(observer.of('fault')).toEqual([]);
  });

  test(`a row that puts the generator of segments ${name} is moved to quarantine by the context that scans its channel`, async () => {
    const db = await openStore();
    await db.write('segments', { ...SEGMENT, seq: top });
    await db.backend.publish('theirs', 'ours');
    expect(await drain(db, 'theirs')).toEqual(['ours']);
    expect(await db.store.quarantined('theirs', 9)).toMatchObject([
      { store: 'segments', key: top, reason: 'malformed' },
    ]);
    await db.backend.publish('theirs', 'again');
    expect(await drain(db, 'theirs')).toEqual(['again']);
  });

  test(`a row that puts the generator of dead letters ${name}: events still become dead letters, and are listed`, async () => {
    const db = await openStore();
    const other = db.open();
    await db.backend.publishMany(drafts('a', 6));
    const letter = { eventId: 'x', channel: 'theirs' };
    await db.write('dead', { v: 1, queue: 'theirs', n: top, letter });
    for (const { backend } of [db, other, db])
      for (const { eventId, lease } of await backend.dequeueMany('a', 2, 0))
        expect(await backend.reject(eventId, lease)).toBe('ok');
    const letters = await other.backend.deadLetters('a', 9);
    expect(letters.map(({ payload }) => payload).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await db.backend.stats('a')).toMatchObject({ ready: 0, leased: 0, dead: 6 });
  });

  test(`a row that puts the generator of quarantined rows ${name}: rows are still moved to quarantine`, async () => {
    const db = await openStore();
    await db.backend.publish('a', 1);
    const aside = { v: 1, queue: 'theirs', at: 0, store: 'late', key: 'x', reason: 'malformed' };
    await db.write('aside', { ...aside, n: top });
    for (const odd of [1, 2])
      await db.write('returned', {
        v: 1,
        queue: 'a',
        dueAt: 0,
        seq: odd,
        at: odd,
        attempts: 'odd',
      });
    expect(await drain(db, 'a')).toEqual([1]);
    expect(await db.store.quarantined('a', 9)).toHaveLength(2);
    expect(db.observer.of('fault')).toEqual([]);
  });
}
