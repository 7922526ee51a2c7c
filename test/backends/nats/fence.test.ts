// Covers src/backends/nats/confirm.ts, src/backends/nats/held-delivery.ts, src/backends/nats/lease-extensions.ts
import { connect } from '@nats-io/transport-node';
import { type EventMessage, type Runtime, systemRuntime } from 'ackline';
import { natsBackend } from 'ackline/nats';
import { describe, expect, test } from 'vitest';
import { NatsContext, PATIENTLY, take, takeInTime } from './nats-context.ts';
import { natsServerPath } from './nats-server.ts';
import { newPrefix } from './tested-nats.ts';

/** A busy machine sends each of the requests that keep such a lease in time. */
const LONG_MS = 3_000;

describe.runIf(natsServerPath)('NATS', () => {
  const nats = new NatsContext();

  test('an ack after the lease is stale and sends nothing; the server itself would have accepted it', async () => {
    const prefix = newPrefix();
    const [late, next] = [
      nats.open({ prefix, leaseMs: 1_000 }),
      nats.open({ prefix, leaseMs: 1_000 }),
    ];
    const lost: unknown[] = [];
    late.observe?.((event) => event.type === 'lease-lost' && lost.push(event));
    let reply = '';
    const sniffed = nats.connection.subscribe(`$JS.ACK.${prefix}_orders.>`, {
      callback: (_, { subject }) => {
        reply ||= subject;
      },
    });
    await late.publish('orders', 1);
    const extend = ({ eventId, lease }: EventMessage) => late.extend?.(eventId, lease, 1_000);
    const first = (await takeInTime(late, extend)).at(-1) as EventMessage;
    const second = await take(next);
    expect([second.eventId, second.attempts]).toEqual([first.eventId, first.attempts + 1]);
    expect(await late.ack(first.eventId, first.lease)).toBe('stale');
    expect(await nats.heldBy(prefix)).toBe(1);
    const { eventId, lease } = first;
    expect(lost).toContainEqual({ type: 'lease-lost', channel: 'orders', eventId, lease });
    if ((await next.ack(second.eventId, second.lease)) !== 'ok')
      await takeInTime(next, (again) => next.ack(again.eventId, again.lease));
    expect(await nats.heldBy(prefix)).toBe(0);
    // What the fence is for: nats-server #4786. If this fails, the server has learnt to refuse.
    await next.publish('orders', 2);
    reply = '';
    const old = (await takeInTime(late, extend)).at(-1) as EventMessage; // shows the subject of the delivery
    const newer = await take(next);
    await nats.connection.request(reply, '+ACK', PATIENTLY);
    expect(await nats.heldBy(prefix)).toBe(0);
    expect(newer.attempts).toBe(old.attempts + 1);
    sniffed.unsubscribe();
  });

  test('within the margin before the end of a lease nothing is sent', async () => {
    let elapsedMs = 0;
    const runtime: Runtime = { ...systemRuntime, elapsed: () => elapsedMs };
    const backend = nats.open({ runtime, leaseMs: 30_000, marginMs: 2_000 });
    await backend.publish('orders', 1);
    const { eventId, lease } = await take(backend);
    elapsedMs = 27_000;
    expect(await backend.extend?.(eventId, lease, 30_000)).toBe('ok');
    elapsedMs = 27_000 + 28_000;
    const { outMsgs } = nats.connection.stats();
    for (const verb of ['ack', 'nack', 'reject'] as const)
      expect(await backend[verb]?.(eventId, lease)).toBe('stale');
    expect(nats.connection.stats().outMsgs).toBe(outMsgs);
  });

  test('an extension beyond the lease of the server is kept by further requests', async () => {
    const prefix = newPrefix();
    const [holder, other] = [
      nats.open({ prefix, leaseMs: LONG_MS }),
      nats.open({ prefix, leaseMs: LONG_MS }),
    ];
    await holder.publish('orders', 1);
    const extend = ({ eventId, lease }: EventMessage) =>
      holder.extend?.(eventId, lease, 3 * LONG_MS);
    const { eventId, lease } = (await takeInTime(holder, extend)).at(-1) as EventMessage;
    expect(await other.dequeue('orders', 1.5 * LONG_MS)).toBeNull();
    expect(await holder.ack(eventId, lease)).toBe('ok');
    expect(await other.dequeue('orders', 0)).toBeNull();
  });

  test('the event of a context that ended without a shutdown is delivered again after its lease', async () => {
    const prefix = newPrefix();
    const own = await connect({ servers: nats.server.servers });
    const killed = natsBackend({ connection: own, prefix, leaseMs: 1_000 });
    await killed.publish('orders', 1);
    const held = await take(killed);
    await own.close();
    await expect(killed.publish('orders', 2)).rejects.toMatchObject({ code: 'closed' });
    expect(killed.status()).toMatchObject({ state: 'closed', reason: { code: 'closed' } });
    const again = await take(nats.open({ prefix, leaseMs: 1_000 }));
    expect([again.payload, again.attempts]).toEqual([1, held.attempts + 1]);
    await killed.shutdown();
  });
});
