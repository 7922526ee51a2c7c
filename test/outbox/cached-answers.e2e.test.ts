// Covers src/outbox/build-request.ts, src/outbox/http-sender.ts
// Firefox keeps the answers to POST requests, each under the number of its request. It begins to count at the seconds of its
// start, so a browser that is started again may use numbers again. While a page loads by its history, requests of the page may
// be answered by what is kept under their numbers. A server may have forbidden that with `Cache-Control: no-store`.
import type { BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchContext } from '../setup/playwright-engine.ts';
import { makeProfile, removeProfile } from '../setup/profile.ts';
import { type OrderServer, serveOrders } from './contexts/serve-orders.ts';

/** More requests than the seconds from one start of the browser to the next. */
const REQUESTS = 600;
const ORDERS = 5;
/** The page loads for so long, because it waits for a picture. An `unload` listener keeps it out of the back/forward cache. */
const LOADING_MS = 4_000;
const PAGE = `<img src="/slow"><script>addEventListener('unload', () => {})</script>
<script type="module" src="/page.js"></script>`;

let profile: string;
let server: OrderServer;
let tabs: BrowserContext;

beforeEach(async () => {
  profile = makeProfile();
  server = await serveOrders();
  const { intercept } = server;
  server.intercept = (request, response) => {
    if (request.method !== 'GET') return intercept(request, response);
    const { url = '' } = request;
    if (url === '/slow') {
      response.setHeader('cache-control', 'no-store');
      setTimeout(() => response.end(), LOADING_MS);
    } else if (url.startsWith('/?')) response.setHeader('content-type', 'text/html').end(PAGE);
    else return intercept(request, response);
    return true;
  };
  // As a server answers that does not think of caches.
  server.answer = (response) => response.setHeader('content-type', 'application/json').end('{}');
});

afterEach(async () => {
  await tabs?.close();
  await server?.[Symbol.asyncDispose]();
  removeProfile(profile);
});

const start = async () => {
  tabs = await launchContext('firefox', profile);
};

async function openTab(search: string): Promise<Page> {
  const page = await tabs.newPage();
  await page.goto(`${server.url}/?${search}`);
  await page.waitForFunction(() => window.placeOrders !== undefined);
  return page;
}

/** Fills the cache of the browser, and starts the browser again. */
async function fillCache(): Promise<void> {
  await start();
  const page = await tabs.newPage();
  await page.goto(`${server.url}/elsewhere`);
  await page.evaluate(async (count) => {
    for (let sent = 0; sent < count; sent += 10)
      await Promise.all(
        Array.from({ length: 10 }, () => fetch('/orders', { method: 'POST', body: '{}' })),
      );
  }, REQUESTS);
  await tabs.close();
  await start();
}

test('httpSender: the server has every order that counts as sent, after a restart of the browser, too', {
  timeout: 300_000,
}, async () => {
  await fillCache();
  const sending = await openTab('tab=one');
  await sending.goto(`${server.url}/elsewhere`);
  const other = await openTab('tab=two&url=none');
  const ids = await other.evaluate((count) => window.placeOrders(count), ORDERS);
  await sending.goBack({ waitUntil: 'commit' });
  await sending.waitForFunction(() => window.placeOrders !== undefined);
  await sending.evaluate(() => window.outbox.whenIdle());
  const keys = server.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual(expect.arrayContaining(ids));
});
