// Covers src/backends/nats/*.ts
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type NatsBackend, natsBackend } from 'ackline/nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../setup/bundle.ts';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchEngine } from '../../setup/engines.ts';
import { pageOf, type ServedPages, servePages } from '../../setup/serve-pages.ts';
import type { Engine, Tab } from '../../setup/tab.ts';
import { freePort } from '../../support/free-port.ts';
import { take, takeInTime } from './nats-context.ts';
import { NatsServer, natsServerPath } from './nats-server.ts';
import { newPrefix } from './tested-nats.ts';

/** Longer than any test: no step of one can be late. */
const LONG_LEASE_MS = 120_000;
const SHORT_LEASE_MS = 1_000;

for (const engineName of askedEngines())
  describe.runIf(natsServerPath)(`NATS over WebSocket in ${engineName}`, () => {
    let engine: Engine;
    let served: ServedPages;
    let server: NatsServer;
    let connection: NatsConnection;
    let webSocket: string;

    beforeAll(async () => {
      const port = await freePort();
      webSocket = `ws://127.0.0.1:${port}`;
      server = await NatsServer.start({
        config: `websocket { listen: "127.0.0.1:${port}", no_tls: true }`,
      });
      const { servers } = server;
      connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
      const body = await bundle(new URL('./browser-page.ts', import.meta.url));
      served = await servePages({
        '/': pageOf('/page.js'),
        '/page.js': { type: 'text/javascript', body },
      });
      engine = await launchEngine(engineName);
    });

    afterAll(async () => {
      await engine?.close();
      await served?.close();
      await connection?.close();
      await server?.end();
    });

    /** A page and a backend of this process on the same streams. */
    async function openBoth(
      leaseMs: number,
    ): Promise<{ readonly tab: Tab; readonly backend: NatsBackend }> {
      const options = { prefix: newPrefix(), leaseMs };
      const tab = await engine.openTab(served.url);
      await tab.waitFor(() => window.connectNats !== undefined);
      await tab.evaluate(([servers, given]) => window.connectNats(servers, given), [
        webSocket,
        options,
      ] as const);
      return { tab, backend: natsBackend({ connection, ...options }) };
    }

    test('a page and a Node process share a channel, also after the server has restarted', async () => {
      const { tab, backend } = await openBoth(LONG_LEASE_MS);
      const published = await tab.evaluate(() =>
        window.nats.events.publish('orders', { at: new Date(5), total: 1n }),
      );
      const message = await take(backend);
      expect(message).toMatchObject({
        eventId: published,
        payload: { at: new Date(5), total: 1n },
      });
      expect(await backend.ack(message.eventId, message.lease)).toBe('ok');
      await tab.evaluate(() => {
        const { events, handled } = window.nats;
        events.listen('orders', ({ payload }) => void handled.push(payload));
      });
      await backend.publish('orders', 'before');
      await tab.waitFor(() => window.nats.handled.length === 1);
      await server.kill('SIGTERM'); // one that is killed forgets the last acknowledgements
      await tab.waitFor(() => window.nats.backend.status().state === 'reconnecting');
      await server.run();
      await backend.publish('orders', 'after');
      await tab.waitFor(() => window.nats.handled.length === 2);
      expect(await tab.evaluate(() => window.nats.handled)).toEqual(['before', 'after']);
      expect(await tab.evaluate(() => window.nats.uncaught)).toEqual([]);
      await tab.evaluate(() => window.nats.events.shutdown());
      await backend.shutdown();
    });

    test('the event of a page that crashes is delivered again after its lease', async (context) => {
      context.skip(engine.crashFault !== null, String(engine.crashFault));
      const { tab, backend } = await openBoth(SHORT_LEASE_MS);
      await backend.publish('orders', 'held');
      await tab.evaluate(async () => {
        await window.nats.backend.dequeue('orders', 20_000);
      });
      await tab.crash();
      const [again] = await takeInTime(backend, ({ eventId, lease }) =>
        backend.ack(eventId, lease),
      );
      expect([again.payload, again.attempts]).toEqual(['held', 2]);
      await backend.shutdown();
    });
  });
