import type { Browser } from 'playwright';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { root } from '../package/paths.ts';
import { CHROMIUM_FLAGS, findChromium, HOW_TO_GET_CHROMIUM } from './find-chromium.mjs';

/** A real Chromium, driven from Node. Pages of one of its contexts are tabs of one origin. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
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
