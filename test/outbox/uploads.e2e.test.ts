// Covers src/outbox/xhr-fetch.ts, src/outbox/http-sender.ts
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../setup/bundle.ts';
import { askedEngines } from '../setup/engine-names.mjs';
import { listenOnNewPort } from '../setup/listen-on-new-port.ts';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';

const script = await bundle(new URL('./contexts/upload-page.ts', import.meta.url));

interface Received {
  readonly kind: string;
  readonly key: string;
  readonly type: string;
  readonly body: Buffer;
}

/** Serves the page, and keeps what is uploaded. */
async function serveUploads() {
  const received: Received[] = [];
  const served = {
    received,
    url: '',
    answer: (response: ServerResponse) => void response.writeHead(204).end(),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request;
    if (method === 'GET') {
      const isScript = url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<script type="module" src="/page.js"></script>');
      return;
    }
    const body = await buffer(request);
    received.push({
      kind: String(headers['x-kind']),
      key: String(headers['idempotency-key']),
      type: String(headers['content-type']),
      body,
    });
    served.answer(response);
  });
  served.url = `http://127.0.0.1:${await listenOnNewPort(server)}`;
  return served;
}

const bytesOf = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, at) => at % 256));

// Playwright drives no WebKitGTK.
const engines = askedEngines().filter((name) => name !== 'webkitgtk');

describe.each(engines)('%s', (engine) => {
  let browser: RealBrowser;
  let server: Awaited<ReturnType<typeof serveUploads>>;

  beforeAll(async () => {
    browser = await launchBrowser(engine);
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    server = await serveUploads();
  });

  afterEach(async () => {
    await browser?.closeTabs();
    await server?.close();
  });

  async function openPage(): Promise<Page> {
    const page = await browser.tabs.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => window.upload !== undefined);
    return page;
  }

  test('a File, a Blob, bytes and multipart survive a reload in IndexedDB, and arrive whole', async () => {
    const stored = await openPage();
    const ids = [];
    for (const kind of ['file', 'blob', 'bytes', 'multipart'] as const)
      ids.push(await stored.evaluate((one) => window.upload(one, 300_000), kind));
    await stored.reload();
    await stored.waitForFunction(() => window.upload !== undefined);
    await stored.evaluate(() => window.openUploads('fetch'));
    await stored.evaluate(() => window.uploads.whenIdle());
    const by = (kind: string) => server.received.find((one) => one.kind === kind);
    expect(server.received.map(({ key }) => key).toSorted()).toEqual(ids.toSorted());
    for (const kind of ['file', 'blob', 'bytes'])
      expect(by(kind)?.body.equals(bytesOf(300_000)), kind).toBe(true);
    expect(by('file')?.type).toBe('image/png');
    const { type = '', body } = by('multipart') ?? {};
    const form = await new Response(new Uint8Array(body ?? []), {
      headers: { 'content-type': type },
    }).formData();
    const photo = form.get('photo') as File;
    expect([form.get('note'), photo.name, photo.type]).toEqual([
      'a note about tea.png',
      'tea.png',
      'image/png',
    ]);
    expect(Buffer.from(await photo.arrayBuffer()).equals(bytesOf(300_000))).toBe(true);
  });

  test('xhrFetch: reports progress, and answers as fetch does', async () => {
    const page = await openPage();
    await page.evaluate(() => window.openUploads('xhr'));
    const id = await page.evaluate(() => window.upload('multipart', 8_000_000));
    await page.evaluate(() => window.uploads.whenIdle());
    expect(server.received[0]?.type).toContain('multipart/form-data; boundary=');
    const progress = await page.evaluate(() => window.progress);
    const last = progress.at(-1);
    expect(last?.key).toBe(id);
    expect(last?.sentBytes).toBe(last?.totalBytes);
    expect(last?.totalBytes).toBeGreaterThan(8_000_000);
    expect(server.received[0]?.body.byteLength).toBe(last?.totalBytes);
  });

  test('xhrFetch: 422 is a dead letter with the answer, a redirect and a cut connection hold back the outbox', async () => {
    const page = await openPage();
    await page.evaluate(() => window.openUploads('xhr'));
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(422, { 'content-type': 'text/plain' }).end('no such album'),
      (response) => response.writeHead(302, { location: '/signed-out' }).end(),
      (response) => response.destroy(),
      (response) => response.writeHead(200).end('stored'),
    ];
    server.answer = (response) => {
      answers.shift()?.(response);
    };
    const status = () => page.evaluate(() => window.uploads.watch().getSnapshot());
    await page.evaluate(() => window.upload('blob', 10));
    await page.evaluate(() => window.uploads.whenIdle());
    expect(await page.evaluate(() => window.notes())).toEqual(['422 no such album']);
    await page.evaluate(() => window.upload('blob', 20));
    await page.evaluate(() => window.uploads.whenIdle());
    const sizes = server.received.map(({ body }) => body.byteLength);
    // A browser may repeat a request whose connection was cut by itself.
    expect(sizes.slice(0, 4)).toEqual([10, 20, 20, 20]);
    expect((await status()).lastError).toBeNull();
  });

  test('xhrFetch: a request that takes too long is ended', async () => {
    const page = await openPage();
    server.answer = () => undefined;
    await page.evaluate(() => window.openUploads('xhr', 100));
    await page.evaluate(() => window.upload('blob', 10));
    const lastError = () => page.evaluate(() => window.uploads.watch().getSnapshot().lastError);
    await expect.poll(async () => (await lastError())?.message).toBe('no answer within 100 ms');
  });
});
