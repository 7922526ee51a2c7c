import type { ListenerStatus } from 'ackline';
import type { BrowserContext, Locator, Page } from 'playwright';
import { expect } from 'vitest';
import type { Happening } from '../../demo/happening.ts';
import type { ChannelName } from '../../demo/lab/channels.ts';
import type { Outcome } from '../../demo/lab/handlers.ts';

export type ConsumerName = 'tab' | 'worker';
export type CountedState = 'ready' | 'leased' | 'scheduled' | 'dead';

const STATES: readonly CountedState[] = ['ready', 'leased', 'scheduled', 'dead'];

/** Long, for a busy machine. A wait ends when its condition holds. */
export const PATIENCE = { timeout: 30_000, interval: 50 } as const;

declare global {
  interface Window {
    happenings?: Happening[];
  }
}

/** What a visitor sees and does in one tab, and what the page reports. */
export class LabTab {
  readonly page: Page;
  /** Errors that a visitor would not see: uncaught errors, and the output of the console. */
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE.timeout);
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack ?? error}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(`console: ${message.text()}`);
    });
  }

  static async open(context: BrowserContext, url: string): Promise<LabTab> {
    const tab = new LabTab(await context.newPage());
    await tab.page.addInitScript(() => {
      window.happenings = [];
      addEventListener('ackline-demo', (event) => {
        if (event instanceof CustomEvent) window.happenings?.push(event.detail);
      });
    });
    await tab.page.goto(url);
    await tab.showsCounts();
    return tab;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.showsCounts();
  }

  close(): Promise<void> {
    return this.page.close();
  }

  async publishOne(channel: ChannelName): Promise<void> {
    await this.page.getByTestId(`publish-one-${channel}`).click();
  }

  async publishThousand(channel: ChannelName): Promise<void> {
    await this.page.getByTestId(`publish-thousand-${channel}`).click();
  }

  /** Starts or stops a consumer on a channel. */
  async press(consumer: ConsumerName, channel: ChannelName): Promise<void> {
    await this.page.getByTestId(`${consumer}-switch-${channel}`).click();
  }

  /** The effect of the next press depends on the state, which is drawn a little after the last press. */
  async showsStatus(
    consumer: ConsumerName,
    channel: ChannelName,
    status: ListenerStatus,
  ): Promise<void> {
    const made = this.page.getByTestId(`${consumer}-switch-${channel}`);
    await expect.poll(() => made.getAttribute('data-status'), PATIENCE).toBe(status);
  }

  async setHandlers(
    consumer: ConsumerName,
    { outcome, paceMs, concurrency }: { outcome?: Outcome; paceMs?: number; concurrency?: number },
  ): Promise<void> {
    if (outcome) await this.page.getByTestId(`${consumer}-outcome-${outcome}`).check();
    if (paceMs !== undefined) await this.page.getByTestId(`${consumer}-pace-${paceMs}`).check();
    if (concurrency) {
      const select = this.page.getByTestId(`${consumer}-concurrency`);
      await select.selectOption(String(concurrency));
    }
  }

  delivery(consumer: ConsumerName, attempts: number): Locator {
    return this.page.locator(`[data-testid="${consumer}-delivery"][data-attempts="${attempts}"]`);
  }

  get deadLetters(): Locator {
    return this.page.getByTestId('dead-letter');
  }

  /** The counts that the page shows for a channel, all at one moment: an event may move between two reads. */
  async counts(channel: ChannelName): Promise<Record<CountedState, number>> {
    const texts = await this.page.evaluate(
      (ids) => ids.map((id) => document.querySelector(`[data-testid="${id}"]`)?.textContent ?? ''),
      STATES.map((state) => `count-${channel}-${state}`),
    );
    const shown = { ready: -1, leased: -1, scheduled: -1, dead: -1 };
    for (const [at, state] of STATES.entries()) shown[state] = toNumber(texts[at] ?? '');
    return shown;
  }

  async expectCounts(
    channel: ChannelName,
    expected: Partial<Record<CountedState, number>>,
  ): Promise<void> {
    await expect
      .poll(() => this.counts(channel), PATIENCE)
      .toEqual({ ready: 0, leased: 0, scheduled: 0, dead: 0, ...expected });
  }

  async expectAcknowledgedCount(consumer: ConsumerName, count: number): Promise<void> {
    const shown = async () =>
      toNumber(await this.page.getByTestId(`${consumer}-acknowledged`).textContent());
    await expect.poll(shown, PATIENCE).toBe(count);
  }

  /** All observer events of one type in this page and its worker since the page was loaded. */
  happenings(type: string): Promise<Happening[]> {
    return this.page.evaluate(
      (wanted) => (window.happenings ?? []).filter((happening) => happening.type === wanted),
      type,
    );
  }

  /**
   * The page and its worker report what they did a moment after it. The counts of any page may show it earlier.
   */
  async expectHappenings(type: string, expected: readonly Partial<Happening>[]): Promise<void> {
    await expect.poll(() => this.happenings(type), PATIENCE).toMatchObject(expected);
  }

  async expectNoProblems(): Promise<void> {
    expect(this.problems).toEqual([]);
    if (!this.page.isClosed())
      expect(await this.page.getByTestId('fault').allTextContents()).toEqual([]);
  }

  private async showsCounts(): Promise<void> {
    await expect
      .poll(() => this.counts('photo.resize').then(({ ready }) => ready), PATIENCE)
      .not.toBeNaN();
  }
}

/** A dash is shown for a count that is not known yet. */
function toNumber(shown: string | null): number {
  return Number(shown?.replace(',', '') || Number.NaN);
}
