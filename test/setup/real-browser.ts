import { rmSync } from 'node:fs';
import type { BrowserContext } from 'playwright';
import { createServer } from 'vite';
import { root } from '../package/paths.ts';
import { launchContext, type PlaywrightName } from './playwright-engine.ts';
import { makeProfile, removeProfile } from './profile.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/** A separate browser. Its pages are tabs that share their storage. */
export interface RealBrowser {
  readonly tabs: BrowserContext;
  /** Closes all tabs but the first, without which a browser may end, and sets the network online. */
  closeTabs(): Promise<void>;
  close(): Promise<void>;
}

/** A real browser with its profile on disk, driven from Node through Playwright. */
export async function launchBrowser(
  name: PlaywrightName,
  firefoxPreferences?: Readonly<Record<string, boolean | number>>,
): Promise<RealBrowser> {
  const profile = makeProfile();
  const tabs = await launchContext(name, profile, firefoxPreferences);
  return {
    tabs,
    closeTabs: async () => {
      for (const page of tabs.pages().slice(1)) await page.close();
      await tabs.setOffline(false);
    },
    close: async () => {
      await tabs.close();
      removeProfile(profile);
    },
  };
}

export interface ServedDemo {
  readonly url: string;
  /** The same pages from an origin that no earlier call had, so nothing is stored there. Chromium finds this machine behind it. */
  newOrigin(): string;
  close(): Promise<void>;
}

/** The demo on a free port, as `npm run demo` serves it. */
export async function serveDemo(): Promise<ServedDemo> {
  // Two servers with one cache would delete each other's files.
  const cacheDir = makeTemporaryFolder('vite');
  const server = await createServer({
    cacheDir,
    configFile: `${root}/vite.config.ts`,
    mode: 'development',
    logLevel: 'error',
    // A changed file must not reload the pages of a test.
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error('the demo server has no address');
  let origins = 0;
  return {
    url,
    newOrigin: () => {
      origins += 1;
      return url.replace('127.0.0.1', `visit-${origins}.localhost`);
    },
    close: async () => {
      await server.close();
      rmSync(cacheDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
