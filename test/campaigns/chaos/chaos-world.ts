import { makeProfile, removeProfile } from '../../setup/profile.ts';
import type { CampaignEngine } from '../campaign-result.ts';
import { askWitness } from '../witness.ts';
import { BrowserLife, lineOf } from './browser-life.ts';
import type { ChaosBrowser } from './chaos-browser.ts';
import { ChaosLedger } from './chaos-ledger.ts';
import type { ChaosSettings } from './chaos-messages.ts';
import { ChaosSite } from './chaos-site.ts';
import type { DrainPage } from './drain-store.ts';
import { launchChaosBrowser } from './launch-chaos-browser.ts';
import type { Ending } from './lifetimes.ts';
import { type SlotTerms, TabSlot } from './tab-slot.ts';
import { within } from './within.ts';

export interface WorldTerms {
  readonly engine: CampaignEngine;
  readonly durability: ChaosSettings['durability'];
  readonly onProgress: (line: string) => void;
  readonly launch?: typeof launchChaosBrowser;
}

/** Half of the tabs have a dedicated worker, and share one shared worker. Faults of single tabs mostly hit the others. */
const TABS: readonly SlotTerms[] = [
  { name: 't1', hasWorkers: true, isTarget: false },
  { name: 't2', hasWorkers: true, isTarget: true },
  { name: 't3', hasWorkers: false, isTarget: false },
  { name: 't4', hasWorkers: false, isTarget: true },
  { name: 't5', hasWorkers: true, isTarget: true },
  { name: 't6', hasWorkers: false, isTarget: true },
];

/** A tab of which nothing was heard for this long gets a new page. */
const SILENCE_MS = 6_000;
/** The first page of a browser waits for its start. */
const FIRST_PAGE_MS = 20_000;
/** The page of the drain loads on a machine that has just been full of pages. */
const DRAIN_OPEN_MS = 60_000;
/** What a drain takes longer than it was asked to: the batch that it has just begun. */
const DRAIN_SPARE_MS = 60_000;
const STOCK_MS = 120_000;

/** The site, the browser on its profile, and its tabs. */
export class ChaosWorld {
  readonly ledger: ChaosLedger;
  readonly slots: readonly TabSlot[];
  readonly site: ChaosSite;
  engineResets = 0;
  /** All events that were published before this time were accounted for at this time. */
  checkpoint = 0;
  readonly #terms: WorldTerms;
  readonly #profile: string;
  readonly #life: BrowserLife;
  /** Whether the browser has ended by itself, or no longer obeys. */
  #isGone = false;

  private constructor(terms: WorldTerms, site: ChaosSite, ledger: ChaosLedger) {
    this.#terms = terms;
    this.site = site;
    this.ledger = ledger;
    this.slots = TABS.map((terms) => new TabSlot(terms));
    this.#profile = makeProfile();
    const { engine, onProgress, launch = launchChaosBrowser } = terms;
    this.#life = new BrowserLife(() => launch(engine, this.#profile), onProgress);
  }

  static async open(terms: WorldTerms): Promise<ChaosWorld> {
    const ledger = new ChaosLedger();
    const site = await ChaosSite.open((batch) => ledger.accept(batch));
    return new ChaosWorld(terms, site, ledger);
  }

  get browser(): ChaosBrowser {
    return this.#life.browser;
  }

  get engineVersion(): string {
    return this.#life.version;
  }

  addressOf(slot: TabSlot): string {
    const { site, slots } = this;
    const index = 2 * slots.indexOf(slot);
    const workers = {
      workerReports: site.reportsAt(index + 1),
      sharedReports: site.reportsAt(2 * slots.length),
    };
    return site.addressFor({
      ...{ tab: slot.name, kind: 'page', durability: this.#terms.durability },
      reports: site.reportsAt(index),
      ...(slot.hasWorkers && workers),
    });
  }

  /** `at`: just before the command that ends the contexts. */
  end(reach: Ending['reach'], cause: Ending['cause'], slot?: TabSlot, at = Date.now()): void {
    this.ledger.endings.push({ reach, cause, at, ...(slot && { tab: slot.name }) });
  }

  /**
   * With `isFull` the site may store less than it has already. Resolves with a function that removes this limit. With `isEmpty`
   * no tab is opened.
   */
  async startBrowser({ isFull = false, isEmpty = false } = {}): Promise<() => Promise<void>> {
    let isLimited = isFull;
    const lift = await this.#life.start(async (browser) => {
      const limit = isLimited ? await this.#limitQuota(browser) : undefined;
      // Another attempt has no limit, so that a browser that does not start because it is full ends no run.
      isLimited = false;
      await this.#lookForReset();
      return limit;
    });
    this.#isGone = false;
    // Faults may hit the first pages while others open.
    if (!isEmpty) void this.fill();
    return lift ?? (async () => undefined);
  }

  async #limitQuota(browser: ChaosBrowser): Promise<(() => Promise<void>) | undefined> {
    const { url } = this.site;
    const { page } = await within(browser.openTab(`${url}/elsewhere`), FIRST_PAGE_MS);
    const estimate = await within(page.evaluate(() => navigator.storage.estimate()));
    const limit = browser.limitQuota?.(page, url, Math.floor((estimate.usage ?? 0) / 2));
    return limit && within(limit);
  }

  async killBrowser(cause: Ending['cause']): Promise<void> {
    this.end('browser', cause);
    await this.#life.kill();
    this.#isGone = false;
    for (const slot of this.slots) slot.forget();
  }

  /** Opens a page in each empty slot. A page that cannot be opened is opened later. */
  async fill(): Promise<void> {
    const empty = this.slots.filter(({ state }) => state === 'empty');
    const { browser } = this;
    const opened = empty.map((slot) => slot.open(browser, this.addressOf(slot)));
    const results = await Promise.allSettled(opened);
    // What pages of an earlier browser answer says nothing about this one.
    if (this.#life.isCurrent(browser)) this.#isGone = isGone(results);
    for (const result of results)
      if (result.status === 'rejected')
        this.#terms.onProgress(`not opened: ${lineOf(result.reason)}`);
  }

  /** Replaces pages of which nothing is heard, and a browser that has ended. */
  async revive(): Promise<void> {
    if (this.#isGone) {
      this.#terms.onProgress(
        'the browser has ended by itself or opens no page, and is started again',
      );
      await this.killBrowser('leave');
      await this.startBrowser();
      return;
    }
    for (const slot of this.slots) if (slot.isBroken) await this.#replace(slot, 'does not obey');
    const { sharesProcesses } = this.browser;
    // The page may be in a process that is stopped with another one.
    if (sharesProcesses && this.slots.some(({ state }) => state === 'frozen')) return;
    for (const slot of this.slots) {
      const lastSign = Math.max(slot.since, this.ledger.heardOf(slot.name));
      if (slot.state === 'open' && Date.now() - lastSign >= SILENCE_MS)
        await this.#replace(slot, 'is silent');
    }
    await this.fill();
  }

  /** Closes a page, so that the slot gets a new one. */
  async #replace(slot: TabSlot, why: string): Promise<void> {
    this.#terms.onProgress(`${slot.name} ${why} and gets a new page`);
    this.end('tab', 'leave', slot);
    await slot.close().catch(() => undefined);
  }

  /** Makes the second database again, whose absence shows that the engine deleted all data. */
  async renewWitness(): Promise<string | null> {
    const tab = await within(this.browser.openTab(`${this.site.url}/elsewhere`), FIRST_PAGE_MS);
    const cause = await within(askWitness(tab.page));
    await within(tab.page.close());
    return cause;
  }

  /** Opens a page that drains. `isAgain`: in a browser that is started again. */
  async openDrain(isAgain: boolean): Promise<DrainPage> {
    if (isAgain) {
      await this.killBrowser('leave');
      await this.startBrowser({ isEmpty: true });
    }
    const { durability } = this.#terms;
    const reports = this.site.reportsAt(0);
    const address = this.site.addressFor({ tab: 'drain', kind: 'drain', durability, reports });
    const { page } = await within(this.browser.openTab(address), DRAIN_OPEN_MS);
    await page.waitForFunction(() => window.chaos !== undefined);
    return {
      drainFor: (ms) =>
        within(
          page.evaluate((limit) => window.chaos.drainFor(limit), ms),
          ms + DRAIN_SPARE_MS,
        ),
      takeStock: () =>
        within(
          page.evaluate(() => window.chaos.takeStock()),
          STOCK_MS,
        ),
    };
  }

  async close(): Promise<void> {
    await this.#life.kill();
    await this.site.close();
    removeProfile(this.#profile);
  }

  async #lookForReset(): Promise<void> {
    const isFirst = this.ledger.contexts.length === 0;
    const cause = await this.renewWitness();
    if (cause === null || isFirst) return;
    this.engineResets += 1;
    this.#terms.onProgress(`the engine deleted all data: ${cause}`);
    this.ledger.noteReset({ from: this.checkpoint, to: Date.now() });
  }
}

/** Whether the browser has ended. Now and then one under its driver opens no page any more, although it runs. */
function isGone(opened: readonly PromiseSettledResult<void>[]): boolean {
  const failures = opened.filter((result) => result.status === 'rejected');
  const isStuck = failures.length > 1 && failures.length === opened.length;
  return isStuck || failures.some(({ reason }) => /has been closed/.test(String(reason)));
}
