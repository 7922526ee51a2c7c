import type { ChaosBrowser, ChaosTab } from './chaos-browser.ts';

/** No command to a browser takes longer, unless the page or the browser is gone. */
const PATIENCE_MS = 8_000;
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
    if (this.#state === 'frozen') await this.thaw();
    const tab = this.#tab;
    this.forget();
    if (tab) await within(tab.page.close());
  }

  /** The browser has ended. */
  forget(): void {
    this.#life += 1;
    this.#tab = undefined;
    this.#enter('empty');
  }

  async freeze(): Promise<void> {
    await within(this.tab.freeze());
    this.#enter('frozen');
  }

  async thaw(): Promise<void> {
    await within(this.tab.thaw());
    this.#enter('open');
  }

  async load(url: string): Promise<void> {
    await within(this.tab.page.goto(url));
    this.#enter('open');
  }

  async leave(url: string): Promise<void> {
    await within(this.tab.page.goto(url));
    this.#enter('away');
  }

  async comeBack(): Promise<void> {
    // A page from the back/forward cache fires no `load`.
    await within(this.tab.page.goBack({ waitUntil: 'commit' }));
    this.#enter('open');
  }

  #enter(state: SlotState): void {
    this.#state = state;
    this.#since = Date.now();
  }
}

/** Rejects if the browser does not answer. */
export async function within<T>(answer: Promise<T>, limitMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the browser did not answer in ${limitMs} ms`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // The answer may come when nothing waits for it any more.
    answer.catch(() => undefined);
  }
}
