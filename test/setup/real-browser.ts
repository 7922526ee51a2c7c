import type { BrowserContext } from 'playwright';
import { createServer } from 'vite';
import { root } from '../package/paths.ts';
import { launchContext, type PlaywrightName } from './playwright-engine.ts';
import { makeProfile, removeProfile } from './profile.ts';

/** A browser of its own, whose pages are tabs that share their storage. */
export interface RealBrowser {
  readonly tabs: BrowserContext;
  close(): Promise<void>;
}

/** A real browser, driven from Node with all that Playwright has, its profile on disk. */
export async function launchBrowser(
  name: PlaywrightName,
  firefoxPreferences?: Readonly<Record<string, boolean | number>>,
): Promise<RealBrowser> {
  const profile = makeProfile();
  const tabs = await launchContext(name, profile, firefoxPreferences);
  return {
    tabs,
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
