// Covers src/backends/indexeddb/scanning/quarantine.ts, src/backends/indexeddb/scanning/claim-table.ts
import { describe, expect, test } from 'vitest';
import { drafts } from '../open-indexeddb.ts';
import { drain, openStore } from '../open-store.ts';

const SPAN = { seq: 1, at: 0, count: 1, attempts: 1, expiresAt: 0 };
const CLAIM = {
  ...{ v: 1, queue: 'a', epoch: 1, generation: 0, owner: 'o', maxAttempts: 10, held: [SPAN] },
  holdUntil: 0,
};

const malformedClaims: Readonly<Record<string, object>> = {
  'without a version': { ...CLAIM, v: null },
  'of an epoch that no version uses': { ...CLAIM, v: 2, epoch: 'seven' },
  'beyond the newest epoch': { ...CLAIM, epoch: 2 },
  'of a newer version, beyond the newest epoch': { ...CLAIM, v: 2, epoch: 2 },
  'without a generation': { ...CLAIM, generation: undefined },
  'without events': { ...CLAIM, held: [] },
  'with events in no list': { ...CLAIM, held: { length: 1 } },
  'with a hole in its list': { ...CLAIM, held: new Array(1) },
  'with null in its list': { ...CLAIM, held: [SPAN, null] },
  'with a huge list': { ...CLAIM, held: new Array(2 ** 32 - 1) },
  'with a span of less than one event': { ...CLAIM, held: [{ ...SPAN, count: 0 }] },
  'with a span of more events than a segment may have': {
    ...CLAIM,
    held: [{ ...SPAN, count: 1_001 }],
  },
  'with half an event': { ...CLAIM, held: [{ ...SPAN, count: 1.5 }] },
  'with more events than memory has room for': {
    ...CLAIM,
    held: new Array(263).fill({ ...SPAN, count: 1_000 }),
  },
  'with more segments than memory has room for': {
    ...CLAIM,
    held: [{ ...SPAN, segments: 2 ** 18 + 1 }],
  },
  'with half a segment': { ...CLAIM, held: [{ ...SPAN, segments: 1.5 }] },
  'with null segments': { ...CLAIM, held: [{ ...SPAN, segments: null }] },
  'with a span of no segment': { ...CLAIM, held: [{ ...SPAN, segments: 0 }] },
  'that never expires': { ...CLAIM, held: [{ ...SPAN, expiresAt: Number.NaN }] },
  'with attempts that are no number': { ...CLAIM, held: [{ ...SPAN, attempts: '1' }] },
};

describe('a malformed claim', () => {
  for (const [name, row] of Object.entries(malformedClaims))
    test(`${name} is moved to quarantine, and delays no event`, async () => {
      const { backend, runtime, store, observer, rowsLeft, write } = await openStore();
      await backend.publishMany([...drafts('a', 1), ...drafts('clean', 2)]);
      expect(await backend.ack(String((await backend.dequeue('a', 0))?.eventId))).toBe('ok');
      expect(await rowsLeft('claims')).toEqual([]);
      await backend.publishMany(drafts('a', 2));
      await write('claims', row);
      expect(await backend.stats('a')).toMatchObject({ ready: 2, leased: 0 });
      expect(await backend.ack('x', 1)).toBe('gone');
      // After that time the next claim scans.
      await runtime.advance(1_001);
      expect(await drain({ backend }, 'a')).toEqual([0, 1]);
      expect(await drain({ backend }, 'clean')).toEqual([0, 1]);
      expect(await store.quarantined('a', 9)).toMatchObject([
        { store: 'claims', key: ['a', (row as typeof CLAIM).epoch], reason: 'malformed', row },
      ]);
      expect(await rowsLeft('claims')).toEqual([]);
      expect((await backend.stats('a')).quarantined).toBe(1);
      expect(observer.of('row-quarantined')).toHaveLength(1);
    });
});

/** Two contexts acknowledge one event each of the same segment, so neither knows that the segment is spent. */
async function spendTogether({ backend, open }: Awaited<ReturnType<typeof openStore>>) {
  const other = open().backend;
  await backend.publishMany(drafts('a', 2));
  for (const one of [backend, other]) await one.ack(String((await one.dequeue('a', 0))?.eventId));
}

describe('sweeping', () => {
  test('keeps segments that an open claim of a newer version may hold', async () => {
    const db = await openStore();
    const { backend, rows, rowsLeft, tidied, write, remove } = db;
    await spendTogether(db);
    expect(await rowsLeft('claims')).toEqual([]);
    const newer = { v: 2, queue: 'a', epoch: 1, holds: 'what?' };
    await write('claims', newer);
    expect(await backend.dequeue('a', 0)).toBeNull();
    await tidied();
    expect(await rows('segments')).toHaveLength(1);
    expect(await rows('claims')).toEqual([newer]);
    await remove('claims', ['a', 1]);
    expect(await db.open().backend.dequeue('a', 0)).toBeNull();
    await tidied();
    expect(await rows('segments')).toEqual([]);
  });

  test('keeps segments that a quarantined claim may have held, and no later ones', async () => {
    const db = await openStore();
    const { backend, rowsLeft, tidied, write } = db;
    await spendTogether(db);
    expect(await rowsLeft('claims')).toEqual([]);
    await write('claims', { ...CLAIM, held: 7 });
    expect(await backend.dequeue('a', 0)).toBeNull();
    for (let round = 0; round < 3; round += 1) await spendTogether(db);
    expect(await db.open().backend.dequeue('a', 0)).toBeNull();
    await tidied();
    // When the claim was moved, the cursor was on the second segment. That segment and all before it are kept.
    expect(await rowsLeft('segments')).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  test('keeps the guard rows of a claim of a newer version', async () => {
    const { backend, rows, write, runtime } = await openStore();
    await backend.publish('a', 'theirs');
    await backend.dequeue('a', 0);
    await write('claims', { v: 2, queue: 'a', epoch: 1 });
    await write('endings', { v: 2, queue: 'a', epoch: 1, generation: 1 });
    for (let minute = 0; minute < 6; minute += 1) {
      await runtime.advance(61_000);
      await backend.publish('a', minute);
      await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
    }
    expect(await rows('endings')).toContainEqual({ v: 2, queue: 'a', epoch: 1, generation: 1 });
  });
});

test('when a held claim becomes unreadable, settling answers gone and does not throw', async () => {
  for (const change of [{ v: 2 }, { held: 7 }]) {
    const { backend, rows, write } = await openStore();
    await backend.publishMany(drafts('a', 2));
    const [first] = await backend.dequeueMany('a', 2, 0);
    const [epoch] = (await rows('epochs')) as { readonly claim: typeof CLAIM }[];
    await write('claims', { ...epoch?.claim, generation: 1, ...change });
    await write('endings', { v: 1, queue: 'a', epoch: epoch?.claim.epoch, generation: 1 });
    expect(await backend.ack(String(first?.eventId))).toBe('gone');
  }
});

test('a guard row without a decision makes calls reject with a typed error, and they do not repeat without end', async () => {
  const { backend, rows, write, remove, runtime } = await openStore();
  await backend.publishMany([...drafts('a', 1), ...drafts('clean', 1)]);
  const message = await backend.dequeue('a', 0);
  const [claim] = (await rows('epochs')) as (typeof CLAIM)[];
  await write('endings', { queue: 'a', epoch: claim?.epoch, generation: 1 });
  const refusal = { code: 'storage', channel: 'a' };
  await expect(backend.ack(String(message?.eventId), message?.lease)).rejects.toMatchObject(
    refusal,
  );
  await runtime.advance(60_000);
  await expect(backend.dequeue('a', 0)).rejects.toMatchObject(refusal);
  expect(await backend.dequeue('clean', 0)).toMatchObject({ payload: 0 });
  await remove('endings', ['a', claim?.epoch ?? 0, 1]);
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 0, attempts: 2 });
});
