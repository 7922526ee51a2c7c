import type { Page } from 'playwright';
import type { BenchBrowser } from '../bench-browser.ts';
import { PEER_NOTES, type Setting, type Subject } from './cycle-settings.ts';
import type { CycleTerms } from './cycles.ts';
import type { PeerSubject } from './peers/page-peers.ts';

const BATCHED: readonly Subject[] = ['floor', 'obvious, batched', 'dexie, bulk'];

function isPeer(subject: Subject): subject is PeerSubject {
  return subject in PEER_NOTES;
}

/**
 * The tabs of one browser, with one tab for each peer. Dexie replaces the global Promise during a transaction, which the
 * engine does not forget. Leftovers of a peer must not slow down another.
 */
export class CycleTabs {
  readonly #browser: BenchBrowser;
  readonly #ours: Page;
  readonly #peers = new Map<PeerSubject, Page>();

  private constructor(browser: BenchBrowser, ours: Page) {
    this.#browser = browser;
    this.#ours = ours;
  }

  static async open(browser: BenchBrowser): Promise<CycleTabs> {
    return new CycleTabs(browser, await browser.newPage());
  }

  /** Full cycles per second in the visible tab. Browsers give less time to the others. */
  async measure(subject: Subject, setting: Setting): Promise<number> {
    const { inFlight, durability, events } = setting;
    const batch = BATCHED.includes(subject) ? inFlight : 1;
    const terms: CycleTerms = { events: events[subject] ?? 0, inFlight, batch };
    const page = isPeer(subject) ? await this.#pageOf(subject) : this.#ours;
    await page.bringToFront();
    if (!isPeer(subject))
      return page.evaluate((given) => window.bench.runCycles(...given), [
        subject,
        durability,
        terms,
      ] as const);
    return page.evaluate((given) => window.peers.runCycles(...given), [
      subject,
      durability,
      terms,
    ] as const);
  }

  async #pageOf(peer: PeerSubject): Promise<Page> {
    const page =
      this.#peers.get(peer) ?? (await this.#browser.newPage('bench/indexeddb/peers/page.ts'));
    this.#peers.set(peer, page);
    return page;
  }
}
