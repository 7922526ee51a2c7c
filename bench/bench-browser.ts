import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page, Route } from 'playwright';
import { launchContext, type PlaywrightName } from '../test/setup/playwright-engine.ts';
import { bundleForPage } from './bundle.ts';

/** A secure origin, which Web Locks need. Only `route` answers its requests. */
const ORIGIN = 'https://ackline.test';

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * Without these, Firefox has a clock of whole milliseconds. It also treats an automated page as debugged, and keeps the
 * stack of each promise. That halves the speed of Ackline, and makes the minimum a tenth slower.
 */
const FIREFOX_PREFERENCES = {
  'privacy.reduceTimerPrecision': false,
  'javascript.options.asyncstack': false,
};

const TITLES: Readonly<Record<PlaywrightName, string>> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
};

const PROFILES = fileURLToPath(new URL('.tmp/', import.meta.url));

interface BrowserTerms {
  readonly engine: PlaywrightName;
  readonly profile: string;
  readonly entry: string;
  readonly isIsolated: boolean;
}

/**
 * A real browser whose pages run one bundled script. Its profile is on disk. In an ordinary Playwright context Chromium
 * keeps IndexedDB in memory, which is two to three times as fast, and `strict` is as fast as `relaxed`.
 */
export class BenchBrowser implements AsyncDisposable {
  readonly version: string;
  readonly #context: BrowserContext;
  readonly #profile: string;
  readonly #entry: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #scripts = new Map<string, Promise<string>>();

  private constructor(context: BrowserContext, terms: BrowserTerms) {
    this.#context = context;
    this.#profile = terms.profile;
    this.#entry = terms.entry;
    this.#headers = terms.isIsolated ? ISOLATED : {};
    const version = context.browser()?.version() ?? 'of unknown version';
    this.version = `${TITLES[terms.engine]} ${version}`;
  }

  /** In Chromium, too, only isolated pages have a clock of full precision. */
  static async open(
    entry: string,
    {
      engine = 'chromium',
      isIsolated = false,
    }: { engine?: PlaywrightName; isIsolated?: boolean } = {},
  ): Promise<BenchBrowser> {
    mkdirSync(PROFILES, { recursive: true });
    const profile = mkdtempSync(`${PROFILES}profile-`);
    const context = await launchContext(engine, profile, FIREFOX_PREFERENCES);
    const browser = new BenchBrowser(context, { engine, profile, entry, isIsolated });
    await context.route(`${ORIGIN}/**`, (route) => browser.#answer(route));
    return browser;
  }

  /** A tab with the script of the browser, or another script. All tabs of one browser share their storage. */
  async newPage(entry: string = this.#entry): Promise<Page> {
    const page = await this.#context.newPage();
    page.on('pageerror', (error) => console.error('the page threw:', error));
    page.on('console', (message) => console.log(`  page: ${message.text()}`));
    await page.goto(`${ORIGIN}/?${entry}`);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }

  async #answer(route: Route): Promise<void> {
    const { pathname, search } = new URL(route.request().url());
    if (pathname === '/bench.js') {
      const body = await this.#scriptOf(search.slice(1));
      await route.fulfill({ contentType: 'text/javascript', body });
      return;
    }
    const body = `<!doctype html><script src="/bench.js${search}"></script>`;
    await route.fulfill({ contentType: 'text/html', body, headers: this.#headers });
  }

  #scriptOf(entry: string): Promise<string> {
    const script = this.#scripts.get(entry) ?? bundleForPage(entry);
    this.#scripts.set(entry, script);
    return script;
  }
}
