import type { ChaosBrowser, ChaosTab } from './chaos-browser.ts';
import { within } from './within.ts';

/** A page loads its script and starts its workers, which takes long on a busy machine. */
const OPEN_MS = 20_000;

export type SlotState = 'empty' | 'opening' | 'open' | 'frozen' | 'away';

export interface SlotTerms {
  readonly name: string;
  readonly hasWorkers: boolean;
  /** Whether faults of single tabs prefer it. The other tabs live longer, and do most of the work. */
  readonly isTarget: boolean;
}

/**
 * A place for a tab, which gets a new page each time that the old one ends.
 *
 * States: `empty` without a page; `opening`; `open`; `frozen`; `away`, on another page of the site. Only its own methods
 * change the state.
 */
export class TabSlot {
  readonly name: string;
  readonly hasWorkers: boolean;
  readonly isTarget: boolean;
  #state: SlotState = 'empty';
  #tab: ChaosTab | undefined;
  /** Counts the pages, so that what an earlier page does is ignored. */
  #life = 0;
  /** When the state began, in epoch milliseconds. */
  #since = 0;
  #isBroken = false;

  constructor({ name, hasWorkers, isTarget }: SlotTerms) {
    this.name = name;
    this.hasWorkers = hasWorkers;
    this.isTarget = isTarget;
  }

  get state(): SlotState {
    return this.#state;
  }

  get since(): number {
    return this.#since;
  }

  /** Whether the page did not obey a command, so that its state is not known. It is a page to close and to open again. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The page of an open tab. */
  get tab(): ChaosTab {
    if (!this.#tab) throw new Error(`tab ${this.name} has no page`);
    return this.#tab;
  }

  async open(browser: ChaosBrowser, url: string): Promise<void> {
    this.forget();
    this.#enter('opening');
    const life = this.#life;
    try {
      const opening = browser.openTab(url);
      const tab = await within(opening, OPEN_MS).catch((error: unknown) => {
        // A page that comes too late would work beside the next one.
        opening.then(({ page }) => page.close()).catch(() => undefined);
        throw error;
      });
      if (life !== this.#life) return;
      this.#tab = tab;
      this.#enter('open');
    } catch (error) {
      // The browser may have been killed meanwhile, and the next one has opened another page.
      if (life !== this.#life) return;
      this.#enter('empty');
      throw error;
    }
  }

  /** Resolves with the time just before. The page is closed later. */
  async crash(): Promise<number> {
    const { tab } = this;
    this.forget();
    const crashedAt = await within(tab.crash());
    void within(tab.page.close()).catch(() => undefined);
    return crashedAt;
  }

  async close(): Promise<void> {
    const [tab, isFrozen] = [this.#tab, this.#state === 'frozen'];
    this.forget();
    // The process of a broken page may be gone.
    if (tab && isFrozen) await within(tab.thaw()).catch(() => undefined);
    if (tab) await within(tab.page.close());
  }

  /** The browser has ended. */
  forget(): void {
    this.#life += 1;
    this.#tab = undefined;
    this.#isBroken = false;
    this.#enter('empty');
  }

  async freeze(): Promise<void> {
    const { tab } = this;
    const freezing = tab.freeze();
    try {
      await this.#obey(freezing, 'frozen');
    } catch (error) {
      // A page that freezes too late would never be thawed, and in Firefox its process is that of other pages.
      freezing.then(() => tab.thaw()).catch(() => undefined);
      throw error;
    }
  }

  async thaw(): Promise<void> {
    await this.#obey(this.tab.thaw(), 'open');
  }

  async load(url: string): Promise<void> {
    await this.#obey(this.tab.page.goto(url), 'open');
  }

  async leave(url: string): Promise<void> {
    await this.#obey(this.tab.page.goto(url), 'away');
  }

  async comeBack(): Promise<void> {
    // A page from the back/forward cache fires no `load`.
    await this.#obey(this.tab.page.goBack({ waitUntil: 'commit' }), 'open');
  }

  /** Waits until the page obeys, and then has the state. What an earlier page does changes nothing. */
  async #obey(command: Promise<unknown>, state: SlotState): Promise<void> {
    const life = this.#life;
    try {
      await within(command);
    } catch (error) {
      if (life === this.#life) this.#isBroken = true;
      throw error;
    }
    if (life === this.#life) this.#enter(state);
  }

  #enter(state: SlotState): void {
    this.#state = state;
    this.#since = Date.now();
  }
}
