// Covers src/backends/indexeddb/liveness/owner-lock.ts
import { expect, test } from 'vitest';
import { nextTask } from '../../../support/next-task.ts';
import { type FullBackend, openDatabase, payloadsOf } from '../open-indexeddb.ts';

/** Any script of the origin can steal any Web Lock. real-databases.browser.test.ts runs this file in real browsers too. */

/** The names of held locks that begin with `prefix`. */
async function heldUnder(prefix: string): Promise<string[]> {
  const { held = [] } = await navigator.locks.query();
  return held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []));
}

async function steal(names: readonly string[]): Promise<void> {
  for (const name of names) await navigator.locks.request(name, { steal: true }, () => undefined);
}

/** The owner lock of the only context of `database`. */
async function ownerLockOf(database: string): Promise<string> {
  const others = [':view:', ':turn:', ':claim:'];
  const held = await heldUnder(`ackline:${database}:`);
  const [name] = held.filter((one) => !others.some((part) => one.includes(part)));
  if (!name) throw new Error('the context holds no owner lock');
  return name;
}

async function takeAll(backend: FullBackend) {
  return backend.dequeueMany('a', 99, 0);
}

test('when an owner lock is stolen, its context keeps its leases, and its new claims are protected', async () => {
  const { open, database, rows } = openDatabase();
  const owner = open();
  await owner.publish('a', 'held');
  const held = await takeAll(owner);
  const stolen = await ownerLockOf(database);
  await steal([stolen]);
  const owners = async () => {
    const claims = [...(await rows('claims')), ...(await rows('epochs'))] as {
      owner?: string;
      held?: unknown[];
    }[];
    return claims.flatMap((row) => (row.held ? [row.owner] : []));
  };
  const stolenName = stolen.split(':').at(-1);
  await expect.poll(owners).not.toEqual([stolenName]);
  expect(await owners()).toEqual([(await ownerLockOf(database)).split(':').at(-1)]);
  const other = open();
  expect(await takeAll(other)).toEqual([]);
  for (let count = 0; count < 20; count += 1) await owner.publish('a', count);
  const [first, ...rest] = [await owner.dequeue('a', 0), ...(await takeAll(owner))];
  expect(rest).toHaveLength(19);
  expect(await takeAll(other)).toEqual([]);
  for (const message of [...held, first, ...rest])
    expect(await owner.ack(String(message?.eventId), message?.lease)).toBe('ok');
  expect(owner.status().leaseMode).toBe('exclusive');
});

test('while locks are stolen many times, each event is delivered to one context and acknowledged once', async () => {
  const { open, database } = openDatabase();
  const contexts = [open(), open(), open()];
  for (let count = 0; count < 60; count += 1) await contexts[0]?.publish('a', count);
  const thief = (async () => {
    for (let round = 0; round < 20; round += 1) {
      await steal(await heldUnder(`ackline:${database}:`));
      await nextTask();
    }
  })();
  const done: unknown[] = [];
  const work = async (backend: FullBackend) => {
    for (;;) {
      const messages = await backend.dequeueMany('a', 4, 0);
      if (messages.length === 0) return;
      for (const { eventId, lease, payload } of messages)
        if ((await backend.ack(eventId, lease)) === 'ok') done.push(payload);
    }
  };
  for (let round = 0; round < 3; round += 1) await Promise.all(contexts.map(work));
  await thief;
  await Promise.all(contexts.map(work));
  expect(done.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 60 }, (_, index) => index),
  );
  const last = contexts[0] as FullBackend;
  expect(payloadsOf(await takeAll(last))).toEqual([]);
  expect(await last.quarantined('a', 9)).toEqual([]);
});
