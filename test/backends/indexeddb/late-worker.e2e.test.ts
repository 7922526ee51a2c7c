// Covers src/platform/page-lifecycle.ts
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { bundle } from '../../setup/bundle.ts';
import { launchBrowser } from '../../setup/real-browser.ts';

async function serve(files: ReadonlyMap<string, string>) {
  const server = createServer(({ url = '/' }, response) => {
    const type = url.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(200, { 'content-type': type }).end(files.get(url) ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** The messages of the browser itself on the consoles of the workers. */
async function watchLog(page: Page): Promise<string[]> {
  const warnings: string[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Target.attachedToTarget', ({ sessionId }) => {
    const message = JSON.stringify({ id: 1, method: 'Log.enable' });
    void session.send('Target.sendMessageToTarget', { sessionId, message });
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { method, params } = JSON.parse(message);
    if (method === 'Log.entryAdded') warnings.push(params.entry.text);
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  return warnings;
}

test('service worker: backends that are made late add no listener of which the browser warns', async () => {
  const script = await bundle(new URL('./contexts/late-worker.ts', import.meta.url));
  const site = await serve(new Map([['/worker.js', script]]));
  const browser = await launchBrowser('chromium');
  try {
    const page = await browser.tabs.newPage();
    await page.goto(site.url);
    const warnings = await watchLog(page);
    const answer = await page.evaluate(async () => {
      await navigator.serviceWorker.register('/worker.js');
      const { active } = await navigator.serviceWorker.ready;
      return new Promise<unknown>((resolve) => {
        navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
        active?.postMessage('make');
      });
    });
    expect(answer).toBe('made');
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    expect(warnings).toEqual([expect.stringContaining("'languagechange'")]);
  } finally {
    await browser.close();
    site.close();
  }
});
