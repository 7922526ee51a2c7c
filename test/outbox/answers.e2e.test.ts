// Covers src/outbox/http-sender.ts, src/outbox/exchange.ts, src/outbox/judge-response.ts
// What a browser makes of answers that a page may not read, and of uploads that end early.
import type { IncomingMessage } from 'node:http';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askedEngines } from '../setup/engine-names.mjs';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';
import { type OrderServer, serveOrders } from './contexts/serve-orders.ts';
import { type HttpServer, serveHttp } from './serve-http.ts';

const PATIENTLY = { timeout: 30_000, interval: 10 };
/** More than a connection holds before the server reads it. */
const LARGE = 400_000;

// Playwright drives no WebKitGTK.
const engines = askedEngines().filter((name) => name !== 'webkitgtk');

describe.each(engines)('%s', (engine) => {
  let browser: RealBrowser;
  let server: OrderServer;
  let other: HttpServer;

  beforeAll(async () => {
    browser = await launchBrowser(engine);
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    server = await serveOrders();
    other = await serveHttp();
  });

  afterEach(async () => {
    await browser?.closeTabs();
    await server?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
  });

  async function openTab(search = ''): Promise<Page> {
    const page = await browser.tabs.newPage();
    await page.goto(`${server.url}/?tab=one${search}`);
    await page.waitForFunction(() => window.placeOrders !== undefined);
    return page;
  }

  const toOther = () => `&url=${encodeURIComponent(other.url)}`;
  const place = (page: Page) => page.evaluate(() => window.placeOrders(1));
  const placeLarge = (page: Page) =>
    page.evaluate((length) => window.orders.publish('orders', 'x'.repeat(length)), LARGE);
  const whenIdle = (page: Page) => page.evaluate(() => window.outbox.whenIdle());
  const messageOf = (page: Page) =>
    page.evaluate(() => window.outbox.watch().getSnapshot().lastError?.message);

  /** The order waits, with no attempt used up, and is no dead letter. */
  async function expectWaiting(page: Page): Promise<void> {
    const counts = await page.evaluate(async () => {
      window.outbox.pause();
      const { ready, leased, scheduled, dead } = await window.orders.stats('orders');
      return { waiting: ready + leased + scheduled, dead };
    });
    expect(counts).toEqual({ waiting: 1, dead: 0 });
  }

  /** Ends the connection when the first part of the body has arrived, after an answer if `answered`. */
  function cutUpload(request: IncomingMessage, answered?: () => unknown): true {
    request.once('data', () => {
      answered?.();
      request.socket.destroy();
    });
    return true;
  }

  test('a redirect is opaque: the outbox is held back, and the page behind it gets no request', async () => {
    server.answer = (response) => response.writeHead(302, { location: '/sign-in' }).end();
    const page = await openTab();
    await place(page);
    const said = 'a redirect, or an unreadable answer';
    await expect.poll(() => messageOf(page), PATIENTLY).toBe(said);
    await expectWaiting(page);
    expect(server.received.map(({ path }) => path)).not.toContain('/sign-in');
  });

  test('an opaque answer of no-cors proves nothing: the outbox is held back, though the server has the order', async () => {
    const page = await openTab(`${toOther()}&mode=no-cors&redirect=follow`);
    await place(page);
    const said = 'a redirect, or an unreadable answer';
    await expect.poll(() => messageOf(page), PATIENTLY).toBe(said);
    await expectWaiting(page);
    expect(other.received[0]?.method).toBe('POST');
    // The platform drops the key, as every header that needs a preflight.
    expect(other.received[0]?.headers['idempotency-key']).toBeUndefined();
  });

  test('no-cors without redirects that are followed is refused by the browser, which is as no answer', async () => {
    const page = await openTab(`${toOther()}&mode=no-cors`);
    await place(page);
    await expect.poll(() => messageOf(page), PATIENTLY).toBe('no answer');
    await expectWaiting(page);
    expect(other.received).toEqual([]);
  });

  test('a failure of CORS is as no answer, and the other origin has received no order', async () => {
    const page = await openTab(toOther());
    await place(page);
    await expect.poll(() => other.received.length, PATIENTLY).toBeGreaterThan(1);
    await expect.poll(() => messageOf(page), PATIENTLY).toBe('no answer');
    await expectWaiting(page);
    expect(other.received.every(({ method }) => method === 'OPTIONS')).toBe(true);
  });

  test.each([
    ['is followed if the server exposes it', 'retry-after, date', true],
    ['cannot be read if it does not, and the back-off counts', '', false],
  ])('the Retry-After of another origin %s', async (_, exposed, isFollowed) => {
    other.intercept = ({ method, headers }, response) => {
      response.setHeader('access-control-allow-origin', headers.origin ?? '*');
      response.setHeader(
        'access-control-allow-headers',
        'content-type, idempotency-key, x-tab, x-attempts',
      );
      if (exposed !== '') response.setHeader('access-control-expose-headers', exposed);
      if (method === 'OPTIONS') response.writeHead(204).end();
      return method === 'OPTIONS';
    };
    other.answer = (response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    const page = await openTab(toOther());
    await place(page);
    await expect.poll(() => messageOf(page), PATIENTLY).toBe('the server answered 429');
    const waitMs = await page.evaluate(() => {
      const { nextAttemptAt } = window.outbox.watch().getSnapshot();
      return (nextAttemptAt ?? 0) - Date.now();
    });
    // The back-off of this outbox is half a second at most.
    expect(waitMs > 3_000_000).toBe(isFollowed);
    await expectWaiting(page);
  });

  test('an upload that the server cuts is sent again, whole and under its key, and no attempt counts', async () => {
    let cuts = 0;
    const { intercept } = server;
    server.intercept = (request, response) => {
      if (request.method !== 'POST' || cuts > 0) return intercept(request, response);
      cuts += 1;
      return cutUpload(request);
    };
    const page = await openTab();
    const id = await placeLarge(page);
    await whenIdle(page);
    expect(server.received.map(({ body }) => body.length)).toEqual([LARGE + 2]);
    expect(server.requests).toEqual([{ key: id, tab: 'one', attempts: 1 }]);
  });

  test('an upload that the server refuses and cuts: a dead letter, or as no answer; never taken for sent', async () => {
    const { intercept } = server;
    server.intercept = (request, response) =>
      request.method === 'POST'
        ? cutUpload(request, () => response.writeHead(413).end())
        : intercept(request, response);
    const page = await openTab();
    await placeLarge(page);
    await expect.poll(() => messageOf(page), PATIENTLY).not.toBeUndefined();
    const { waiting, dead } = await page.evaluate(async () => {
      window.outbox.pause();
      const { ready, leased, scheduled, dead } = await window.orders.stats('orders');
      return { waiting: ready + leased + scheduled, dead };
    });
    expect(waiting + dead).toBe(1);
    console.log(`${engine}: a 413 in the middle of an upload: ${await messageOf(page)}`);
  });

  test('a page that is closed in the middle of an upload: another tab sends it, whole and under its key', async () => {
    const { intercept } = server;
    let isUploading = () => {};
    const uploading = new Promise<void>((resolve) => {
      isUploading = resolve;
    });
    const closing = await openTab();
    // The server reads nothing, so the upload does not end.
    server.intercept = (request, response) => {
      if (request.method !== 'POST') return intercept(request, response);
      isUploading();
      return true;
    };
    const id = await placeLarge(closing);
    await uploading;
    server.intercept = intercept;
    await closing.close();
    const page = await openTab('&tab=two');
    await whenIdle(page);
    expect(server.received.map(({ body }) => body.length)).toEqual([LARGE + 2]);
    expect(server.requests.map(({ key }) => key)).toEqual([id]);
  });
});
