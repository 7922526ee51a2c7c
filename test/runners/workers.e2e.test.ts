// Runs the ingress in workerd, the runtime of Cloudflare Workers.
import { EventChannel, memoryBackend } from 'ackline';
import { createOutbox, httpBatchSender, httpSender } from 'ackline/outbox';
import { expect, test } from 'vitest';
import { serveWorker } from './workers/serve-worker.ts';

type Stored = readonly { readonly eventId: string; readonly payload: unknown }[];

const takeOrders = async (url: string): Promise<Stored> =>
  (await (await fetch(url)).json()) as Stored;

const open = () => new EventChannel<{ orders: number }>({ backend: memoryBackend() });

const batch = { size: 50, maxWaitMs: 20 };

for (const [name, senderTo] of [
  ['singly', (url: string) => httpSender({ url })],
  ['in batches', (url: string) => httpBatchSender({ url, batch })],
] as const)
  test(`the ingress stores each event of an outbox once in a Durable Object: ${name}`, async () => {
    await using worker = await serveWorker();
    const events = open();
    const send = senderTo(`${worker.url}/events/orders`);
    const outbox = createOutbox({ events, channel: 'orders', send, maxConcurrency: 4 });
    const ids = await Promise.all(
      Array.from({ length: 200 }, (_, number) => events.publish('orders', number)),
    );
    await outbox.whenIdle();
    const stored = await takeOrders(worker.url);
    expect(stored.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted());
    expect(worker.output()).toBe('');
    await events.shutdown();
  });

test('a repeated id stores nothing in a Durable Object, and an event that is too large is refused', async () => {
  await using worker = await serveWorker();
  const post = (body: string) =>
    fetch(`${worker.url}/events/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one' },
      body,
    });
  const answers = [await post('1'), await post('1'), await post(`"${'x'.repeat(1_000)}"`)];
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 413]);
  expect(answers[2]?.headers.get('content-type')).toBe('application/problem+json');
  expect(await takeOrders(worker.url)).toEqual([{ eventId: 'one', payload: 1 }]);
  expect(worker.output()).toBe('');
});
