// Covers src/backends/nats/nats-errors.ts, src/backends/nats/connection-watch.ts, src/backends/nats/jetstream.ts
import { connect } from '@nats-io/transport-node';
import { natsBackend } from 'ackline/nats';
import { describe, expect, test } from 'vitest';
import { NatsContext, take } from './nats-context.ts';
import { NatsServer, natsServerPath } from './nats-server.ts';
import { newPrefix } from './tested-nats.ts';

const RIGHTS = `authorization { users = [
  { user: all, password: all },
  { user: reader, password: reader, permissions: {
    publish: { allow: ["$JS.API.STREAM.INFO.*"] }, subscribe: { allow: ["_INBOX.>"] } } } ] }`;

const RECONNECTING = { maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 20 };

describe.runIf(natsServerPath)('NATS', () => {
  const nats = new NatsContext();

  test('a server that goes away and comes back: calls wait for it, and nothing that was stored is lost', async () => {
    const server = await NatsServer.start();
    const connection = await connect({ servers: server.servers, ...RECONNECTING });
    const backend = natsBackend({ connection, requestTimeoutMs: 20_000 });
    const states: string[] = [];
    backend.watchStatus(({ state }) => states.push(state));
    await backend.publish('orders', 'before');
    const held = await take(backend);
    // A server that is killed forgets deliveries and acknowledgements of its last moments.
    const killed = server.kill('SIGTERM');
    const during = backend.publish('orders', 'during');
    await killed;
    await expect.poll(() => backend.status().state).toBe('reconnecting');
    const waiting = backend.ack(held.eventId, held.lease);
    await server.run();
    await during;
    expect(await waiting).toBe('ok');
    await backend.publish('orders', 'after');
    const payloads = [(await take(backend)).payload, (await take(backend)).payload];
    expect(payloads).toEqual(['during', 'after']);
    expect(states).toEqual(['open', 'reconnecting', 'open']);
    await backend.shutdown();
    await connection.close();
    await server.end();
  });

  test('a server that does not come back is unavailable, and a closed connection ends consumers', async () => {
    const server = await NatsServer.start();
    const connection = await connect({ servers: server.servers, ...RECONNECTING });
    // Longer than a busy server takes to make the stream.
    const backend = natsBackend({ connection, requestTimeoutMs: 3_000 });
    await backend.publish('orders', 'before');
    await server.end();
    const calls = [
      backend.publish('orders', 'during'),
      backend.dequeue('orders', 0),
      backend.stats?.('orders'),
    ];
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ reason: { code: 'unavailable' } });
    await connection.close();
    await expect(backend.dequeue('orders', 0)).rejects.toMatchObject({ code: 'closed' });
    await backend.shutdown();
  });

  test('a settlement that was not confirmed before the end of the lease is unavailable, and stale from then on', async () => {
    const server = await NatsServer.start();
    const connection = await connect({ servers: server.servers, ...RECONNECTING });
    const backend = natsBackend({ connection, leaseMs: 3_000 });
    await backend.publish('orders', 1);
    const { eventId, lease } = await take(backend);
    server.signal('SIGSTOP');
    // The signal takes effect some time after the call.
    const answers = () =>
      connection.request('$JS.API.INFO', '', { timeout: 50 }).then(
        () => true,
        () => false,
      );
    await expect.poll(answers).toBe(false);
    await expect(backend.ack(eventId, lease)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await backend.ack(eventId, lease)).toBe('stale');
    server.signal('SIGCONT');
    await connection.close();
    await backend.shutdown();
    await server.end();
  });

  test('a user without the rights is forbidden', async () => {
    const server = await NatsServer.start({ config: RIGHTS });
    const { servers } = server;
    const connection = await connect({ servers, user: 'reader', pass: 'reader' });
    const backend = natsBackend({ connection });
    for (const call of [() => backend.publish('orders', 1), () => backend.dequeue('orders', 0)])
      await expect(call()).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('docs/nats.md'),
      });
    await backend.shutdown();
    await connection.close();
    await server.end();
  });

  test('a server without JetStream is unsupported, and so is an old one', async () => {
    const server = await NatsServer.start({ jetStream: false });
    const connection = await connect({ servers: server.servers });
    const backend = natsBackend({ connection });
    await expect(backend.publish('orders', 1)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('-js'),
    });
    await backend.shutdown();
    await connection.close();
    await server.end();
    const info = { ...nats.connection.info, version: '2.8.4' };
    const old = Object.create(nats.connection, { info: { value: info } });
    await expect(nats.open({ connection: old }).publish('orders', 1)).rejects.toMatchObject({
      code: 'unsupported',
      message: 'the NATS server must have version 2.9 or newer, got 2.8.4',
    });
  });

  test('a consumer that an operator deleted is made again, and no event is lost', async () => {
    const prefix = newPrefix();
    const backend = nats.open({ prefix });
    await backend.publish('orders', 1);
    const held = await take(backend);
    await nats.call(`CONSUMER.DELETE.${prefix}_orders.plain`);
    expect(await backend.ack(held.eventId, held.lease)).toBe('gone');
    expect((await take(backend)).payload).toBe(1);
  });

  test('a subscriber of the subjects does not keep the streams from being made, and made again', async () => {
    const prefix = newPrefix();
    const heard: string[] = [];
    const callback = (_: unknown, { subject }: { subject: string }) => void heard.push(subject);
    const subscriptions = [`${prefix}.>`, `${prefix}-dead.>`].map((subjects) =>
      nats.connection.subscribe(subjects, { callback }),
    );
    await nats.connection.flush();
    const backend = nats.open({ prefix });
    for (const _ of ['made', 'made again']) {
      await backend.publish('orders', 1);
      const { eventId, lease } = await take(backend);
      expect(await backend.reject?.(eventId, lease)).toBe('ok');
      expect(await backend.deadLetters?.('orders', 10)).toHaveLength(1);
      for (const stream of [`${prefix}_orders`, `${prefix}-dead`])
        await nats.call(`STREAM.DELETE.${stream}`);
    }
    expect(heard).toContain(`${prefix}.orders.now`);
    for (const one of subscriptions) one.unsubscribe();
  });
});
