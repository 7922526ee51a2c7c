// Covers src/backends/postgres/*.ts
import { PGlite } from '@electric-sql/pglite';
import { createGroup } from 'ackline/groups';
import { postgresBackend } from 'ackline/postgres';
import { ManualRuntime } from 'ackline/testing';
import { afterAll, expect, test } from 'vitest';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

test('a publish in a transaction of the program wakes the consumers of other processes at its commit', async () => {
  const runtime = new ManualRuntime();
  const open = () => postgresBackend({ sql: client, table: 'in_transaction', runtime });
  const [publisher, consumer, member] = [open(), open(), open()];
  await createGroup(publisher, 'orders', 'search');
  const waits = [consumer.dequeue('orders', 60_000), member.dequeue('orders@search', 60_000)];
  for (const backend of [consumer, member]) await backend.stats?.('orders');
  await client.transaction(async (tx) => {
    await publisher.publish('orders', 1, null, { sql: tx });
  });
  // The time does not move: only a notification ends the waits.
  for (const message of await Promise.all(waits)) expect(message?.payload).toBe(1);
  for (const backend of [publisher, consumer, member]) await backend.shutdown();
});

test('a publish sends one notification that sqlspec understands, and a delayed one sends none', async () => {
  const heard: unknown[] = [];
  const stop = await client.listen('orders', (text) => heard.push(JSON.parse(text)));
  const backend = postgresBackend({ sql: client, table: 'heard' });
  const eventId = await backend.publish('orders', { total: 1 });
  await backend.publish('orders', 2, null, { delayMs: 60_000 });
  await backend.publishMany?.([1, 2, 3].map((payload) => ({ channel: 'orders', payload })));
  await expect.poll(() => heard).toHaveLength(2);
  expect(heard).toEqual([{ event_id: eventId }, { batch_size: 3, marker_id: expect.any(String) }]);
  await stop();
  await backend.shutdown();
});
