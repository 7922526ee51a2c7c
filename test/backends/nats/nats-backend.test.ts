// Covers src/backends/nats/*.ts
import { EventChannel } from 'ackline';
import { describe, expect, test } from 'vitest';
import { NatsContext, PATIENTLY, take } from './nats-context.ts';
import { natsServerPath } from './nats-server.ts';
import { newPrefix } from './tested-nats.ts';

describe.runIf(natsServerPath)('NATS', () => {
  const nats = new NatsContext();

  test('a nack with a delay is delivered after it, and a delayed event begins with its first attempt', async () => {
    const backend = nats.open();
    await backend.publish('orders', 'much later', null, { delayMs: 3_600_000 });
    expect(await backend.dequeue('orders', 0)).toBeNull();
    expect(await backend.stats?.('orders')).toMatchObject({ scheduled: 1, ready: 0 });
    const startedAt = Date.now();
    await backend.publish('orders', 'late', null, { delayMs: 300 });
    const first = await take(backend);
    expect([first.payload, first.attempts, first.delayMs]).toEqual(['late', 1, 300]);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
    const nackedAt = Date.now();
    expect(await backend.nack(first.eventId, first.lease, { delayMs: 200 })).toBe('ok');
    const second = await take(backend);
    expect([second.payload, second.attempts]).toEqual(['late', 2]);
    expect(Date.now() - nackedAt).toBeGreaterThanOrEqual(199);
    expect(await backend.stats?.('orders')).toMatchObject({ scheduled: 1, leased: 1 });
    expect(await backend.nack(second.eventId, second.lease, { delayMs: 3_600_000 })).toBe('ok');
    expect(await backend.dequeue('orders', 0)).toBeNull();
  });

  test('an event past its ttlMs becomes a dead letter with the reason expired', async () => {
    const backend = nats.open();
    await backend.publish('orders', 'old', null, { ttlMs: 1 });
    await backend.publish('orders', 'new', null, { ttlMs: 60_000, delayMs: 20 });
    expect((await take(backend)).payload).toBe('new');
    const [letter] = (await backend.deadLetters?.('orders', 10)) ?? [];
    expect([letter?.payload, letter?.reason, letter?.attempts]).toEqual(['old', 'expired', 0]);
  });

  test('a message of another program is an event, and one that is no JSON a dead letter', async () => {
    const prefix = newPrefix();
    const backend = nats.open({ prefix });
    await backend.publish('orders', 'first');
    await take(backend);
    const send = (text: string) => nats.connection.request(`${prefix}.orders.now`, text, PATIENTLY);
    const { seq } = (await send('{"total":1}')).json<{ seq: number }>();
    await send('not JSON');
    const message = await take(backend);
    expect(message).toMatchObject({ payload: { total: 1 }, metadata: null, attempts: 1 });
    expect(message.eventId).toBe(`${prefix}_orders#${seq}`);
    expect(await backend.dequeue('orders', 0)).toBeNull();
    const [letter] = (await backend.deadLetters?.('orders', 10)) ?? [];
    expect([letter?.payload, letter?.reason]).toEqual(['not JSON', 'undecodable']);
  });

  test('a full stream is a QuotaError or backlog-full, stores nothing, and acknowledged events make room', async () => {
    for (const [options, code] of [
      [{ maxBytes: 4_000 }, 'quota'],
      [{ maxMessages: 3 }, 'backlog-full'],
    ] as const) {
      const backend = nats.open(options);
      const payload = 'x'.repeat(1_000);
      const publishes = Array.from({ length: 6 }, () => backend.publish('orders', payload));
      const ended = await Promise.allSettled(publishes);
      const refused = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]).toMatchObject({ code, channel: 'orders' });
      const stored = ended.length - refused.length;
      expect(await backend.stats?.('orders')).toMatchObject({ ready: stored });
      const { eventId } = await take(backend);
      expect(await backend.ack(eventId)).toBe('ok');
      await backend.publish('orders', payload);
      expect(await backend.stats?.('orders')).toMatchObject({ ready: stored });
    }
  });

  test('acknowledged events are deleted once they are older than the dedupe window', async () => {
    const prefix = newPrefix();
    const backend = nats.open({ prefix, dedupeWindowMs: 100 });
    for (let number = 0; number < 20; number += 1) await backend.publish('orders', number);
    await backend.publish('orders', 'last', null, { delayMs: 1_200 });
    for (let left = 21; left > 0; left -= 1) {
      const { eventId, lease } = await take(backend);
      await backend.ack(eventId, lease);
    }
    await backend.shutdown();
    type Info = { state: { messages: number } };
    const { state } = await nats.call<Info>(`STREAM.INFO.${prefix}_orders`);
    expect(state.messages).toBeLessThanOrEqual(2);
  });

  test('an id is remembered for the window of the backend, and a longer one is refused', async () => {
    const backend = nats.open({ dedupeWindowMs: 60_000 });
    const publish = (options: object) =>
      backend.publish('orders', 1, null, { id: 'a', ...options });
    await publish({});
    await publish({ dedupeWindowMs: 200 });
    expect(await backend.stats?.('orders')).toMatchObject({ ready: 1 });
    await expect(publish({ dedupeWindowMs: 60_001 })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('got 60001'),
    });
    const forgetful = nats.open({ dedupeWindowMs: 300 });
    await expect
      .poll(async () => {
        await forgetful.publish('orders', 1, null, { id: 'a' });
        return (await forgetful.stats?.('orders'))?.ready;
      })
      .toBe(2);
  });

  test('a payload over max_payload and metadata over the limit of headers are too-large', async () => {
    const backend = nats.open();
    const large = 'x'.repeat(1_048_500);
    const publish = (payload: unknown, metadata: object | null) =>
      backend.publish('orders', payload, metadata as null, { maxEventBytes: 10_000_000 });
    await expect(publish(large, null)).rejects.toMatchObject({ code: 'too-large' });
    const metadata = { trace: 'x'.repeat(70_000) };
    await expect(publish(1, metadata)).rejects.toMatchObject({
      code: 'too-large',
      path: 'metadata',
    });
    await publish(1, { trace: '\u0000ü"\n '.repeat(100) });
    expect((await take(backend)).metadata).toEqual({ trace: '\u0000ü"\n '.repeat(100) });
  });

  test('a stream of another program is refused with foreign-database, and left as it is', async () => {
    const prefix = newPrefix();
    const config = { name: `${prefix}_orders`, subjects: ['other'], retention: 'workqueue' };
    await nats.call(`STREAM.CREATE.${config.name}`, config);
    await expect(nats.open({ prefix }).publish('orders', 1)).rejects.toMatchObject({
      code: 'foreign-database',
    });
  });

  test('shutdown leaves the connection open, ends waits, and a channel works over the backend', async () => {
    const backend = nats.open();
    const events = new EventChannel<{ orders: number }>({ backend });
    const seen: number[] = [];
    const listener = events.listen('orders', ({ payload }) => void seen.push(payload), {
      concurrency: 4,
    });
    await Promise.all([1, 2, 3, 4, 5].map((payload) => events.publish('orders', payload)));
    await expect.poll(() => seen.toSorted()).toEqual([1, 2, 3, 4, 5]);
    await listener.stop();
    await events.shutdown();
    expect([nats.connection.isClosed(), backend.status().state]).toEqual([false, 'closed']);
  });
});
