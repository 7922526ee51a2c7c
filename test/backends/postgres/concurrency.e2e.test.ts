// Covers src/backends/postgres/*.ts
import type { AsyncEventBackend } from 'ackline';
import { createGroup } from 'ackline/groups';
import { postgresBackend } from 'ackline/postgres';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { findPostgres } from '../../setup/find-postgres.mjs';
import { startPostgres } from './postgres-server.ts';

const server = findPostgres() ? await startPostgres() : undefined;
const pools = Array.from({ length: 4 }, () => {
  return new pg.Pool({ connectionString: server?.url ?? '', max: 3, lock_timeout: 20_000 });
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await server?.close();
});

/** Backends that share a table and nothing else, as those of several processes do. */
async function openBackends(table: string): Promise<AsyncEventBackend[]> {
  const backends = pools.map((sql) => postgresBackend({ sql, table }));
  for (const backend of backends) await backend.stats?.('orders');
  return backends;
}

async function payloadsOf(backend: AsyncEventBackend, queue: string): Promise<unknown[]> {
  const messages = await backend.dequeueMany?.(queue, 10_000, 0);
  return (messages ?? []).map(({ payload }) => payload);
}

/** A client with a transaction that has begun. */
async function begin(): Promise<pg.PoolClient> {
  const client = await (pools[3] as pg.Pool).connect();
  await client.query('BEGIN');
  return client;
}

/** Resolves when a transaction waits for a lock, or when the work has ended. */
async function untilItWaits(work: Promise<unknown> | undefined): Promise<void> {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  work?.then(end, end);
  const sql = 'SELECT 1 FROM pg_locks WHERE NOT granted';
  while (!hasEnded && (await pools[2]?.query(sql))?.rowCount === 0);
}

describe.skipIf(!server)('several processes', () => {
  test('a group gets every event that was published after its creation, and none from before it', async () => {
    const backends = await openBackends('growing');
    for (let round = 0; round < 20; round += 1) {
      const channel = `c${round}`;
      const [before, after, all] = [[] as string[], new Set<string>(), [] as string[]];
      let state: 'before' | 'during' | 'after' = 'before';
      const publishers = backends.map(async (backend, at) => {
        for (let n = 0; n < 25; n += 1) {
          const payload = `${at}.${n}`;
          const isAfter = state === 'after';
          await backend.publish(channel, payload);
          all.push(payload);
          if (isAfter) after.add(payload);
          if (state === 'before') before.push(payload);
        }
      });
      while (before.length < 30) await new Promise((resolve) => setImmediate(resolve));
      state = 'during';
      await createGroup(backends[0] as AsyncEventBackend, channel, 'search');
      state = 'after';
      await Promise.all(publishers);
      const plain = await payloadsOf(backends[1] as AsyncEventBackend, channel);
      const group = await payloadsOf(backends[2] as AsyncEventBackend, `${channel}@search`);
      expect(plain.toSorted()).toEqual(all.toSorted());
      expect(group.filter((payload) => before.includes(String(payload)))).toEqual([]);
      expect([...after].filter((payload) => !group.includes(payload))).toEqual([]);
      // The order of the plain queue has one point at which the group begins.
      expect(plain.slice(plain.length - group.length).toSorted()).toEqual(group.toSorted());
    }
    for (const backend of backends) await backend.shutdown();
  });

  test('publishes with maxBacklog do not exceed it together', async () => {
    const backends = await openBackends('limited');
    const publishes = backends.flatMap((backend) =>
      Array.from({ length: 30 }, () => backend.publish('orders', 1, null, { maxBacklog: 50 })),
    );
    const ended = await Promise.allSettled(publishes);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    expect(await backends[0]?.stats?.('orders')).toMatchObject({ ready: 50 });
    for (const backend of backends) await backend.shutdown();
  });

  test('of drafts that are published at the same time one is left', async () => {
    const backends = await openBackends('drafts');
    const draft = { key: 'a', replaces: 'waiting' } as const;
    const publishes = backends.map(async (backend, at) => {
      for (let n = 0; n < 40; n += 1) await backend.publish('orders', `${at}.${n}`, null, draft);
    });
    await Promise.all(publishes);
    expect(await backends[0]?.stats?.('orders')).toMatchObject({ ready: 1 });
    for (const backend of backends) await backend.shutdown();
  });

  test('a publish with maxBacklog waits for one whose transaction is open, and counts its event', async () => {
    const [one] = await openBackends('open_limit');
    const client = await begin();
    await one?.publish('orders', 1, null, { maxBacklog: 1, sql: client });
    const second = one?.publish('orders', 2, null, { maxBacklog: 1 });
    await untilItWaits(second);
    await client.query('COMMIT');
    client.release();
    await expect(second).rejects.toMatchObject({ code: 'backlog-full' });
    await one?.shutdown();
  });

  test('a draft waits for one whose transaction is open, and replaces it', async () => {
    const [one] = await openBackends('open_draft');
    const draft = { key: 'a', replaces: 'waiting' } as const;
    const client = await begin();
    await one?.publish('orders', 1, null, { ...draft, sql: client });
    const second = one?.publish('orders', 2, null, draft);
    await untilItWaits(second);
    await client.query('COMMIT');
    client.release();
    await second;
    expect(await payloadsOf(one as AsyncEventBackend, 'orders')).toEqual([2]);
    await one?.shutdown();
  });

  test('a claim passes over an event that another transaction has locked, and does not wait for it', async () => {
    const [one, other] = await openBackends('locked');
    const first = await one?.publish('orders', { n: 1 });
    await one?.publish('orders', { n: 2 });
    const client = await begin();
    await client.query('SELECT 1 FROM locked WHERE event_id = $1 FOR UPDATE', [first]);
    expect(await one?.dequeue('orders', 0)).toMatchObject({ payload: { n: 2 } });
    expect(await other?.dequeue('orders', 0)).toBe(null);
    await client.query('ROLLBACK');
    client.release();
    expect(await other?.dequeue('orders', 0)).toMatchObject({ payload: { n: 1 } });
    for (const backend of [one, other]) await backend?.shutdown();
  });

  test('an event of an open transaction, whose predecessor ends meanwhile, is delivered after the commit', async () => {
    const [one, other] = await openBackends('open_after');
    const kept = { retentionMs: 60_000 };
    const after = await one?.publish('orders', 1, null, kept);
    const first = await other?.dequeue('orders', 0);
    const client = await begin();
    await one?.publish('orders', 2, null, { after, sql: client });
    // It does not wait for the transaction.
    expect(await other?.ack(after ?? '', first?.lease, { reply: 17 })).toBe('ok');
    const waiting = other?.dequeue('orders', 60_000);
    await client.query('COMMIT');
    client.release();
    expect(await waiting).toMatchObject({
      payload: 2,
      after: { state: 'acknowledged', reply: 17 },
    });
    for (const backend of [one, other]) await backend?.shutdown();
  });

  test('events that are published while their predecessors end are all delivered, each with the reply', async () => {
    const backends = await openBackends('racing');
    const [publisher, ...consumers] = backends as [AsyncEventBackend, ...AsyncEventBackend[]];
    const ids = Array.from({ length: 200 }, (_, n) => `e${n}`);
    for (const id of ids) await publisher.publish('orders', id, null, { id, retentionMs: 60_000 });
    const seen = new Map<unknown, unknown>();
    const work = consumers.map(async (backend) => {
      while (seen.size < ids.length) {
        const message = await backend.dequeue('orders', 100);
        if (!message) continue;
        const { after, eventId, lease, payload } = message;
        if (after && 'reply' in after) seen.set(payload, after.reply);
        await backend.ack(eventId, lease, { reply: eventId });
      }
    });
    await Promise.all(
      ids.map((id) => publisher.publish('orders', `after ${id}`, null, { after: id })),
    );
    await Promise.all(work);
    expect([...seen]).toEqual(expect.arrayContaining(ids.map((id) => [`after ${id}`, id])));
    for (const backend of backends) await backend.shutdown();
  });
});
