import { makeProfile, removeProfile } from '../../setup/profile.ts';
import type { CampaignEngine } from '../campaign-result.ts';
import { askWitness } from '../witness.ts';
import type { ChaosBrowser } from './chaos-browser.ts';
import { ChaosLedger } from './chaos-ledger.ts';
import type { ChaosSettings } from './chaos-messages.ts';
import { ChaosSite } from './chaos-site.ts';
import { launchChaosBrowser } from './launch-chaos-browser.ts';
import type { Ending } from './lifetimes.ts';
import { type SlotTerms, TabSlot, within } from './tab-slot.ts';

export interface WorldTerms {
  readonly engine: CampaignEngine;
  readonly durability: ChaosSettings['durability'];
  readonly onProgress: (line: string) => void;
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
const LAUNCH_MS = 60_000;

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
  #browser: ChaosBrowser | undefined;
  /** Whether the browser has ended by itself, or no longer obeys. */
  #isGone = false;

  private constructor(terms: WorldTerms, site: ChaosSite, ledger: ChaosLedger) {
    this.#terms = terms;
    this.site = site;
    this.ledger = ledger;
    this.slots = TABS.map((terms) => new TabSlot(terms));
    this.#profile = makeProfile();
  }

  static async open(terms: WorldTerms): Promise<ChaosWorld> {
    const ledger = new ChaosLedger();
    const site = await ChaosSite.open((batch) => ledger.accept(batch));
    return new ChaosWorld(terms, site, ledger);
  }

  get browser(): ChaosBrowser {
    if (!this.#browser) throw new Error('there is no browser');
    return this.#browser;
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
   * With `isFull` the site may store less than it has already. Resolves with a function that removes this limit.
   */
  async startBrowser({ isFull = false } = {}): Promise<() => Promise<void>> {
    const { engine } = this.#terms;
    const browser = await within(launchChaosBrowser(engine, this.#profile), LAUNCH_MS);
    this.#browser = browser;
    this.#isGone = false;
    const lift = isFull ? await this.#limitQuota(browser) : undefined;
    await this.#lookForReset();
    // Faults may hit the first pages while others open.
    void this.fill();
    return lift ?? (async () => undefined);
  }

  async #limitQuota(browser: ChaosBrowser): Promise<(() => Promise<void>) | undefined> {
    const { url } = this.site;
    const { page } = await within(browser.openTab(`${url}/elsewhere`));
    const estimate = await within(page.evaluate(() => navigator.storage.estimate()));
    const limit = browser.limitQuota?.(page, url, Math.floor((estimate.usage ?? 0) / 2));
    return limit && within(limit);
  }

  async killBrowser(cause: Ending['cause']): Promise<void> {
    this.end('browser', cause);
    // It may have ended by itself.
    await this.browser.kill().catch(() => undefined);
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
    if (browser === this.#browser) this.#isGone = isGone(results);
    for (const result of results)
      if (result.status === 'rejected')
        this.#terms.onProgress(`not opened: ${String(result.reason).split('\n')[0]}`);
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
    const { sharesProcesses } = this.browser;
    // The page may be in a process that is stopped with another one.
    if (sharesProcesses && this.slots.some(({ state }) => state === 'frozen')) return;
    for (const slot of this.slots) {
      const lastSign = Math.max(slot.since, this.ledger.heardOf(slot.name));
      if (slot.state !== 'open' || Date.now() - lastSign < SILENCE_MS) continue;
      this.#terms.onProgress(`${slot.name} is silent and gets a new page`);
      this.end('tab', 'leave', slot);
      await slot.close().catch(() => undefined);
    }
    await this.fill();
  }

  /** Makes the second database again, whose absence shows that the engine deleted all data. */
  async renewWitness(): Promise<string | null> {
    const tab = await within(this.browser.openTab(`${this.site.url}/elsewhere`));
    const cause = await within(askWitness(tab.page));
    await within(tab.page.close());
    return cause;
  }

  /** Resolves with how many events are still stored. */
  async drain(limitMs: number): Promise<number> {
    const { durability } = this.#terms;
    const reports = this.site.reportsAt(0);
    const address = this.site.addressFor({ tab: 'drain', kind: 'drain', durability, reports });
    const { page } = await within(this.browser.openTab(address), LAUNCH_MS);
    await page.waitForFunction(() => window.chaos !== undefined);
    return within(
      page.evaluate((limit) => window.chaos.drain(limit), limitMs),
      2 * limitMs,
    );
  }

  async close(): Promise<void> {
    await this.#browser?.kill().catch(() => undefined);
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
