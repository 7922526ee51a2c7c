import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { CHROMIUM_FLAGS, findChromium, HOW_TO_GET_CHROMIUM } from '../test/setup/find-chromium.mjs';
import { bundleForPage } from './bundle.ts';

/** Secure, as Web Locks ask, though nothing is served but what `route` answers. */
const ORIGIN = 'https://ackline.test';

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const PROFILES = fileURLToPath(new URL('.tmp/', import.meta.url));

/**
 * A real Chromium with pages that carry one bundled script. Its profile is on the disk: in an ordinary
 * Playwright context IndexedDB lives in memory, two to three times as fast and `strict` as fast as `relaxed`.
 */
export class BenchBrowser implements AsyncDisposable {
  readonly version: string;
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.#context = context;
    this.#profile = profile;
    this.version = `Chromium ${context.browser()?.version() ?? 'of unknown version'}`;
  }

  /** Pages that are isolated read a clock of full precision. */
  static async open(entry: string, { isIsolated = false } = {}): Promise<BenchBrowser> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
    const script = await bundleForPage(entry);
    mkdirSync(PROFILES, { recursive: true });
    const profile = mkdtempSync(`${PROFILES}profile-`);
    const args = [...CHROMIUM_FLAGS];
    const context = await chromium.launchPersistentContext(profile, { executablePath, args });
    await context.route(`${ORIGIN}/**`, (route) =>
      route.fulfill(
        new URL(route.request().url()).pathname === '/bench.js'
          ? { contentType: 'text/javascript', body: script }
          : {
              contentType: 'text/html',
              body: '<!doctype html><script src="/bench.js"></script>',
              headers: isIsolated ? ISOLATED : {},
            },
      ),
    );
    return new BenchBrowser(context, profile);
  }

  /** A tab; all tabs of one browser share their storage. */
  async newPage(): Promise<Page> {
    const page = await this.#context.newPage();
    page.on('pageerror', (error) => console.error('the page threw:', error));
    page.on('console', (message) => console.log(`  page: ${message.text()}`));
    await page.goto(`${ORIGIN}/`);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}
