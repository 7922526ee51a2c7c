import { afterAll, beforeAll } from 'vitest';
import {
  type LifecycleBrowser,
  type LifecycleTab,
  launchLifecycleBrowser,
} from '../../../setup/lifecycle-browser.ts';
import { type ServedContexts, serveContexts } from './serve-contexts.ts';

/**
 * Starts a browser whose tabs can be frozen, and a server of contexts, for all tests of the calling file. Returns what opens a
 * tab at a path of the server.
 */
export function freezableTabs(): (path: string) => Promise<LifecycleTab> {
  let browser: LifecycleBrowser;
  let served: ServedContexts;
  beforeAll(async () => {
    browser = await launchLifecycleBrowser();
    served = await serveContexts();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  return (path) => browser.openTab(`${served.url}${path}`);
}
