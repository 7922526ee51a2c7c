// Covers src/backends/indexeddb/claiming/let-go.ts
import { expect, test } from 'vitest';
import type { PublishOptions } from '../../../../src/index.ts';
import { countRequests } from '../../../support/count-requests.ts';
import { type Context, drain, type OpenStore, openStore } from '../open-store.ts';

const KEPT: PublishOptions = { retentionMs: 60_000 };

function publish({ backend }: Context, payload: unknown, options: PublishOptions) {
  return backend.publish('a', payload, null, options);
}

async function take({ backend }: Context, limit = 1): Promise<unknown[]> {
  const messages = await backend.dequeueMany('a', limit, 0);
  return messages.map(({ payload }) => payload);
}

async function takeFirst({ backend }: Context) {
  const message = await backend.dequeue('a', 0);
  const ack = () => backend.ack(String(message?.eventId), message?.lease, { reply: 'done' });
  return { ack, payload: message?.payload };
}

/** The kinds of the rows that wait. */
async function waiting({ rows }: OpenStore): Promise<string[]> {
  return (await rows('returned')).map((row) => {
    const { ended, heldBy } = Object(row);
    return ended ? 'list' : heldBy ? 'held' : 'due';
  });
}

test('the end of a claim that is older than the first dependent event adds no list, and the event goes all the same', async () => {
  const db = await openStore();
  const other = db.open();
  const after = await publish(db, 'first', KEPT);
  const first = await takeFirst(other);
  await publish(db, 'second', { after });
  expect(await take(db)).toEqual([]);
  expect(await take(db)).toEqual([]);
  expect(await waiting(db)).toEqual(['list', 'held']);
  expect(await first.ack()).toBe('ok');
  expect(await take(db)).toEqual(['second']);
  expect(await waiting(db)).toEqual([]);
});

test('a list is dropped while nothing has ended, and the end of a later claim adds the next one', async () => {
  const db = await openStore();
  const after = await publish(db, 'first', KEPT);
  await publish(db, 'second', { after });
  const first = await takeFirst(db);
  expect(first.payload).toBe('first');
  expect(await waiting(db)).toEqual(['held']);
  await first.ack();
  expect(await waiting(db)).toEqual(['list', 'held']);
  expect(await drain(db, 'a')).toEqual(['second']);
  expect(await waiting(db)).toEqual([]);
});

test('an event that ends after another context has read its result is not forgotten', async () => {
  for (const isOlderClaim of [false, true]) {
    const db = await openStore();
    const other = db.open();
    const after = await publish(db, 'first', KEPT);
    const publishSecond = () => publish(db, 'second', { after });
    if (!isOlderClaim) await publishSecond();
    const first = await takeFirst(db);
    if (isOlderClaim) await publishSecond();
    else await publish(db, 'third', { after });
    const decide = other.connection.decide.bind(other.connection);
    other.connection.decide = async (...given) => {
      other.connection.decide = decide;
      expect(await first.ack()).toBe('ok');
      return decide(...given);
    };
    const expected = isOlderClaim ? ['second'] : ['second', 'third'];
    expect([...(await take(other, 3)), ...(await take(db, 3))].sort()).toEqual(expected);
  }
});

test('more events than one step takes are let go in steps, those of many others, too', async () => {
  const db = await openStore();
  const ids = await db.backend.publishMany(
    Array.from({ length: 150 }, (_, n) => ({ channel: 'a', payload: n, options: KEPT })),
  );
  const after = String(ids[0]);
  const many = Array.from({ length: 450 }, (_, n) => ({
    channel: 'a',
    payload: `m${n}`,
    options: { after },
  }));
  const each = ids.map((id) => ({ channel: 'a', payload: `of ${id}`, options: { after: id } }));
  await db.backend.publishMany([...many, ...each]);
  const first = await db.backend.dequeueMany('a', 150, 0);
  await Promise.all(first.map(({ eventId, lease }) => db.backend.ack(eventId, lease)));
  expect((await drain(db, 'a')).length).toBe(600);
  expect(await waiting(db)).toEqual([]);
});

test('where no event is held back, results cost no row and no read for it', async () => {
  const db = await openStore();
  const after = await publish(db, 'first', KEPT);
  await publish(db, 'second', { after });
  expect(await drain(db, 'a')).toEqual(['first', 'second']);
  await publish(db, 'third', KEPT);
  expect(await drain(db, 'a')).toEqual(['third']);
  await publish(db, 'fourth', KEPT);
  const counted = countRequests();
  expect(await drain(db, 'a')).toEqual(['fourth']);
  counted.stop();
  expect(counted.requests.filter((one) => /heldBy|put returned/.test(one))).toEqual([]);
});

test('an event whose payload row is gone goes to quarantine once it is let go', async () => {
  const db = await openStore();
  const after = await publish(db, 'first', KEPT);
  const second = await publish(db, 'second', { after });
  await db.remove('late', second);
  expect(await drain(db, 'a')).toEqual(['first']);
  expect((await db.store.quarantined('a', 10)).map(({ reason }) => reason)).toEqual([
    'payload-missing',
  ]);
});
