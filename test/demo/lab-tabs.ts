import type { BrowserContext } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import {
  launchBrowser,
  type RealBrowser,
  type ServedDemo,
  serveDemo,
} from '../setup/real-browser.ts';

interface OpenedTab {
  expectNoProblems(): Promise<void>;
}

/** The tabs of the lab that the tests of one file open. Each test has an origin of its own, and so a database. */
export class LabTabs<T extends OpenedTab> {
  readonly #open: (context: BrowserContext, url: string) => Promise<T>;
  #demo: ServedDemo | undefined;
  #browser: RealBrowser | undefined;
  #origin = '';
  #opened: T[] = [];

  /** Serves the demo while the tests of the file run. A test fails if one of its tabs has had a problem. */
  constructor(open: (context: BrowserContext, url: string) => Promise<T>) {
    this.#open = open;
    beforeAll(async () => {
      this.#demo = await serveDemo();
      this.#browser = await launchBrowser('chromium');
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#demo?.close();
    });
    beforeEach(() => {
      this.#opened = [];
      this.#origin = this.#demo?.newOrigin() ?? '';
    });
    afterEach(async () => {
      try {
        for (const tab of this.#opened) await tab.expectNoProblems();
      } finally {
        await this.#browser?.closeTabs();
      }
    });
  }

  /** Those of the running test. */
  get opened(): readonly T[] {
    return this.#opened;
  }

  get context(): BrowserContext {
    if (!this.#browser) throw new Error('no test runs');
    return this.#browser.tabs;
  }

  async open(): Promise<T> {
    const tab = await this.#open(this.context, `${this.#origin}lab/`);
    this.#opened.push(tab);
    return tab;
  }
}
