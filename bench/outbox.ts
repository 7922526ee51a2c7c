import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundle } from '../test/setup/bundle.ts';
import { launchContext } from '../test/setup/playwright-engine.ts';
import type { OutboxSubject } from './outbox-page.ts';

/**
 * Events in a second from IndexedDB in Chromium to a server of this machine, alone, with leases of 100 events, and in batches of 50,
 * beside a bare loop of `fetch` with the same concurrency: `node bench/outbox.ts [events] [rounds]`. The goals are 0.7 of the loop, and 5 times as fast
 * in batches. The server only reads the bodies, and counts the events that it gets for the first time.
 */
const EVENTS = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const CONCURRENCY = 4;
const SUBJECTS: readonly OutboxSubject[] = ['fetch', 'single', 'parallel', 'batch'];

const script = await bundle(new URL('./outbox-page.ts', import.meta.url));
const keys = new Set<string>();
const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<script type="module" src="/page.js"></script>');
    return;
  }
  const body = await text(request);
  const key = request.headers['idempotency-key'];
  if (typeof key === 'string') keys.add(key);
  else for (const { id } of JSON.parse(body) as { id: string }[]) keys.add(id);
  response.writeHead(204).end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function round(): Promise<Readonly<Record<OutboxSubject, number>>> {
  const profile = mkdtempSync(join(tmpdir(), 'outbox-'));
  const context = await launchContext('chromium', profile);
  const rates = { fetch: 0, single: 0, parallel: 0, batch: 0 };
  for (const subject of SUBJECTS) {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => window.sendOrders !== undefined);
    keys.clear();
    const given = [subject, EVENTS, CONCURRENCY] as const;
    rates[subject] = await page.evaluate((all) => window.sendOrders(...all), given);
    if (keys.size !== EVENTS)
      throw new Error(`${subject}: ${keys.size} of ${EVENTS} events arrived`);
    await page.close();
  }
  await context.close();
  rmSync(profile, { recursive: true, force: true });
  return rates;
}

for (let at = 0; at < ROUNDS; at += 1) {
  const { fetch, single, parallel, batch } = await round();
  const shares = [single, parallel].map((rate) => (rate / fetch).toFixed(2)).join(' and ');
  const rates = [fetch, single, parallel, batch].map((rate) => Math.round(rate)).join(', ');
  console.log(
    `fetch, single, parallel, batch: ${rates} events/s; ${shares} of the loop; batches ${(batch / single).toFixed(1)} times`,
  );
}
server.closeAllConnections();
server.close();
