import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { root } from '../package/paths.ts';
import { CHROMIUM_FLAGS, findChromium, HOW_TO_GET_CHROMIUM } from './find-chromium.mjs';

/** A browser of its own, whose pages are tabs that share their storage. */
export interface RealBrowser {
  readonly tabs: BrowserContext;
  close(): Promise<void>;
}

/**
 * A real Chromium, driven from Node, with its profile on disk as a visitor has it. In an ordinary Playwright
 * context IndexedDB lives in memory, where it is faster and large values behave differently.
 */
export async function launchChromium(): Promise<RealBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  const profile = mkdtempSync(join(tmpdir(), 'ackline-profile-'));
  const args = [...CHROMIUM_FLAGS];
  const tabs = await chromium.launchPersistentContext(profile, { executablePath, args });
  return {
    tabs,
    close: async () => {
      await tabs.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export interface ServedDemo {
  readonly url: string;
  close(): Promise<void>;
}

/** The demo as `npm run demo` serves it, on a free port. */
export async function serveDemo(): Promise<ServedDemo> {
  const server = await createServer({
    configFile: `${root}/vite.config.ts`,
    mode: 'development',
    logLevel: 'error',
    // A file that changes during a test must not reload its pages.
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error('the demo server has no address');
  return { url, close: () => server.close() };
}
