import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox, httpBatchSender, httpSender, parallelSender } from 'ackline/outbox';

export type OutboxSubject = 'fetch' | 'single' | 'parallel' | 'batch';

declare global {
  interface Window {
    /** Sends so many events, and resolves with their number in a second. */
    sendOrders(subject: OutboxSubject, count: number, concurrency: number): Promise<number>;
  }
}

const payloadOf = (order: number) => ({ order, note: 'x'.repeat(200) });

/** The floor: nothing is stored, and nothing is sent again. */
async function fetchAll(count: number, concurrency: number): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  const loop = async () => {
    while (next < count) {
      const order = next++;
      const headers = { 'content-type': 'application/json', 'idempotency-key': `order-${order}` };
      const body = JSON.stringify(payloadOf(order));
      const response = await fetch('/orders', { method: 'POST', headers, body });
      await response.text();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return performance.now() - startedAt;
}

async function sendAll(
  subject: Exclude<OutboxSubject, 'fetch'>,
  count: number,
  concurrency: number,
): Promise<number> {
  const events = new EventChannel({ backend: indexedDbBackend({ database: `outbox-${subject}` }) });
  for (let at = 0; at < count; at += 500) {
    const drafts = Array.from({ length: Math.min(500, count - at) }, (_, index) => ({
      channel: 'orders',
      payload: payloadOf(at + index),
    }));
    await events.publishMany(drafts);
  }
  const url = new URL('/orders', location.href);
  const startedAt = performance.now();
  const outbox = createOutbox({
    events,
    channel: 'orders',
    maxConcurrency: subject === 'parallel' ? 1 : concurrency,
    send: {
      single: httpSender({ url }),
      parallel: parallelSender(httpSender({ url }), { size: 100, concurrency }),
      batch: httpBatchSender({ url, batch: { size: 50 } }),
    }[subject],
  });
  await outbox.whenIdle();
  const ms = performance.now() - startedAt;
  await events.shutdown();
  return ms;
}

window.sendOrders = async (subject, count, concurrency) => {
  const send =
    subject === 'fetch' ? fetchAll(count, concurrency) : sendAll(subject, count, concurrency);
  return (count / (await send)) * 1_000;
};
