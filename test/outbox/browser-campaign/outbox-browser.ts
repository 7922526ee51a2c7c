import type { BrowserContext, Page } from 'playwright';
import { askWitness } from '../../campaigns/witness.ts';
import { browserPid, launchContext, type PlaywrightName } from '../../setup/playwright-engine.ts';
import { makeProfile, removeProfile } from '../../setup/profile.ts';
import { RequestLog, type RequestNote } from './request-log.ts';

/** A browser on a profile of its own, which outlives a kill. */
export class OutboxBrowser {
  readonly name: PlaywrightName;
  /** Called when the engine has deleted all data of the site, with the cause that it gives. */
  onReset: (cause: string) => void = () => undefined;
  readonly log: RequestLog = new RequestLog();
  readonly #profile: string = makeProfile();
  #context: BrowserContext | undefined;
  #hasWitness = false;

  constructor(name: PlaywrightName) {
    this.name = name;
  }

  /** Opens a page of the site. Before its first page, a browser that was started again is asked for the data of the site. */
  async open(url: string): Promise<Page> {
    const isStarted = this.#context === undefined;
    this.#context ??= await this.#launch();
    const page = await this.#context.newPage();
    if (isStarted) await this.#askForData(page, url);
    await page.goto(url);
    await page.waitForFunction(() => window.placeOrders !== undefined);
    return page;
  }

  async #launch(): Promise<BrowserContext> {
    const context = await launchContext(this.name, this.#profile);
    await context.exposeBinding('noteRequest', (_source, note: RequestNote) => this.log.note(note));
    return context;
  }

  async setOffline(isOffline: boolean): Promise<void> {
    await this.#context?.setOffline(isOffline);
  }

  /** Ends the process of the page without an event in the page. Firefox may run several tabs in one process, so it only closes it. */
  async crash(page: Page): Promise<void> {
    if (this.name === 'chromium') {
      const session = await page.context().newCDPSession(page);
      const crashed = page.waitForEvent('crash');
      // The answer never comes, because the page is gone.
      void session.send('Page.crash').catch(() => undefined);
      await crashed;
    }
    await page.close();
  }

  /** Sends SIGKILL to all of its processes. The next `open` starts it again. */
  async kill(): Promise<void> {
    const context = this.#context;
    if (!context) return;
    this.#context = undefined;
    process.kill(-browserPid(this.#profile), 'SIGKILL');
    // The browser is gone already. Playwright must notice that.
    await context.close().catch(() => undefined);
  }

  /** Chromium may delete everything two starts after a kill: docs/engines.md, "Killed browsers". */
  async #askForData(page: Page, url: string): Promise<void> {
    await page.goto(new URL('/elsewhere', url).href);
    const cause = await askWitness(page);
    if (cause !== null && this.#hasWitness && this.name === 'chromium') this.onReset(cause);
    this.#hasWitness = true;
  }

  async close(): Promise<void> {
    await this.#context?.close();
    removeProfile(this.#profile);
  }
}
