// Covers src/backends/indexeddb/database/connection.ts, src/backends/indexeddb/indexeddb-backend.ts, src/backends/indexeddb/claims/claim-settler.ts
import type { ObserverEvent } from 'ackline';
import { expect, test, vi } from 'vitest';
import { stubPage } from '../frozen-page.ts';
import { openDatabase, settled } from '../open-indexeddb.ts';

const page = stubPage();
const { freeze, resume } = page;

/** A backend of the page, and one of another context that is never frozen. */
function openBoth() {
  const { database, open, runtime } = openDatabase();
  return { database, inPage: open(), elsewhere: page.elsewhere(open), runtime };
}

test('a frozen page keeps no connection, so other contexts can upgrade or delete the database', async () => {
  const { database, inPage } = openBoth();
  await inPage.publish('a', 1);
  const closing = vi.spyOn(IDBDatabase.prototype, 'close');
  freeze();
  // The connection is closed at once, because a frozen page gets no `versionchange`.
  expect(closing).toHaveBeenCalledTimes(1);
  closing.mockRestore();
  expect(inPage.status().state).toBe('suspended');
  const request = indexedDB.open(database, 999);
  let isBlocked = false;
  request.onblocked = () => {
    isBlocked = true;
  };
  (await settled(request)).close();
  expect(isBlocked).toBe(false);
});

test('a page that is frozen before it has deleted its spent segments shuts down at once', async () => {
  const { inPage } = openBoth();
  await inPage.publish('a', 1);
  await inPage.ack(String((await inPage.dequeue('a', 0))?.eventId));
  freeze();
  await inPage.shutdown();
  expect(inPage.status().state).toBe('closed');
});

test('other contexts take over the events of a frozen page at once, and lease-lost is reported when the page resumes', async () => {
  const { inPage, elsewhere } = openBoth();
  const reported: ObserverEvent[] = [];
  inPage.observe((event) => reported.push(event));
  await inPage.publish('a', 1);
  const held = await inPage.dequeue('a', 0);
  const waiting = elsewhere.dequeue('a', 3_600_000);
  freeze();
  expect(await waiting).toMatchObject({ eventId: held?.eventId, attempts: 2 });
  resume();
  await expect
    .poll(() => reported)
    .toContainEqual({
      type: 'lease-lost',
      channel: 'a',
      eventId: held?.eventId,
      lease: held?.lease,
    });
  expect(await inPage.ack(String(held?.eventId))).toBe('stale');
});

test('a page that resumes keeps the leases that no other context has taken over, protected as before', async () => {
  const { inPage, elsewhere, runtime } = openBoth();
  await inPage.publish('a', 1);
  const held = await inPage.dequeue('a', 0);
  freeze();
  await runtime.advance(40_000);
  resume();
  expect(await inPage.dequeue('a', 0)).toBeNull();
  expect(await elsewhere.dequeue('a', 0)).toBeNull();
  expect(await inPage.ack(String(held?.eventId))).toBe('ok');
});

test('calls of a frozen page wait, and are done when the page resumes', async () => {
  const { inPage, elsewhere } = openBoth();
  await inPage.publish('a', 1);
  freeze();
  let isStored = false;
  const publishing = inPage.publish('a', 2).then(() => {
    isStored = true;
  });
  expect(await elsewhere.stats('a')).toMatchObject({ ready: 1 });
  expect(isStored).toBe(false);
  resume();
  await publishing;
  expect(await elsewhere.stats('a')).toMatchObject({ ready: 2 });
});

test('a frozen page neither receives hints nor leads, so another context is woken at once', async () => {
  const { inPage, elsewhere } = openBoth();
  const first = inPage.dequeue('a', 3_600_000);
  await inPage.stats('a');
  const second = elsewhere.dequeue('a', 3_600_000);
  await elsewhere.stats('a');
  freeze();
  await elsewhere.publish('a', 1);
  expect(await second).toMatchObject({ payload: 1 });
  resume();
  await elsewhere.publish('a', 2);
  expect(await first).toMatchObject({ payload: 2 });
});

test('a page that is frozen between a scan and its claim claims nothing', async () => {
  const { inPage, elsewhere } = openBoth();
  await inPage.publish('a', 1);
  const claiming = inPage.dequeue('a', 0);
  freeze();
  const taken = await elsewhere.dequeue('a', 0);
  resume();
  const claimed = await claiming;
  expect([taken?.attempts, claimed?.attempts].filter(Boolean)).toHaveLength(1);
});

test('a page that is frozen at any point of a claim and resumes holds what it delivers, and no other context takes it over', async () => {
  for (let microtasks = 0; microtasks < 40; microtasks += 1) {
    const { inPage, elsewhere } = openBoth();
    await inPage.publish('a', 1);
    // The page has an owner name now, which it loses when it is frozen.
    await inPage.nack(String((await inPage.dequeue('a', 0))?.eventId));
    const claiming = inPage.dequeue('a', 0);
    for (let count = 0; count < microtasks; count += 1) await Promise.resolve();
    freeze();
    resume();
    const held = await claiming;
    expect(held, `after ${microtasks} microtasks`).not.toBeNull();
    expect(await elsewhere.dequeue('a', 0), `after ${microtasks} microtasks`).toBeNull();
    expect(await inPage.ack(String(held?.eventId))).toBe('ok');
    await Promise.all([inPage.shutdown(), elsewhere.shutdown()]);
  }
});

test('a page that becomes visible scans at once, although its poll is not due', async () => {
  const { inPage, database } = openBoth();
  const waiting = inPage.dequeue('a', 3_600_000);
  await inPage.stats('a');
  const silent = openDatabase();
  vi.stubGlobal('BroadcastChannel', undefined);
  const unheard = silent.open({ database });
  await unheard.publish('a', 1);
  page.dispatch('visibilitychange');
  expect(await waiting).toMatchObject({ payload: 1 });
});
