import type { BrowserContext } from 'playwright';
import { createServer } from 'vite';
import { root } from '../package/paths.ts';
import { launchContext, type PlaywrightName } from './playwright-engine.ts';
import { makeProfile, removeProfile } from './profile.ts';

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
  close(): Promise<void>;
}

/** The demo on a free port, as `npm run demo` serves it. */
export async function serveDemo(): Promise<ServedDemo> {
  const server = await createServer({
    configFile: `${root}/vite.config.ts`,
    mode: 'development',
    logLevel: 'error',
    // A changed file must not reload the pages of a test.
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error('the demo server has no address');
  return { url, close: () => server.close() };
}
