import type { BrowserContext } from 'playwright';
import { expect } from 'vitest';
import type { Answer } from '../../demo/lab/answerer.ts';
import { LabTab, PATIENCE } from './lab-tab.ts';

export interface ShownReceipt {
  readonly name: string;
  readonly outcome: string;
  readonly facts: string;
}

/** The panel that publishes to every tab, as a visitor of one tab sees it. */
export class FanOutTab {
  readonly demo: LabTab;
  readonly name: string;

  private constructor(demo: LabTab, name: string) {
    this.demo = demo;
    this.name = name;
  }

  static async open(context: BrowserContext, url: string): Promise<FanOutTab> {
    const demo = await LabTab.open(context, url);
    const name = await demo.page.getByTestId('tab-name').textContent();
    return new FanOutTab(demo, name ?? '');
  }

  close(): Promise<void> {
    return this.demo.close();
  }

  expectNoProblems(): Promise<void> {
    return this.demo.expectNoProblems();
  }

  async answer(answer: Answer): Promise<void> {
    await this.demo.page.getByTestId(`answer-${answer}`).check();
  }

  async waitAtMost(ms: 5_000 | 30_000): Promise<void> {
    await this.demo.page.getByTestId(`timeout-${ms}`).check();
  }

  async publishToAll(): Promise<void> {
    await this.demo.page.getByTestId('publish-all').click();
  }

  /** Presses the button, and waits for what the page shows in the end. */
  async expectAnswerToAsking(expected: RegExp): Promise<void> {
    await this.demo.page.getByTestId('ask').click();
    const shown = () => this.demo.page.getByTestId('ask-answer').textContent();
    await expect.poll(shown, PATIENCE).toMatch(expected);
  }

  /** The open tabs that the page shows, with this tab marked. */
  async expectMembers(...others: readonly FanOutTab[]): Promise<void> {
    const expected = [`${this.name} this tab`, ...others.map(({ name }) => name).sort()];
    const shown = () =>
      this.demo.page
        .getByTestId('member')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.children].map((it) => it.textContent).join(' ')),
        );
    await expect.poll(shown, PATIENCE).toEqual(expected);
  }

  /** The name of this tab, as it shows it. */
  async memberIdOf({ name }: FanOutTab): Promise<string | null> {
    const row = this.demo.page.getByTestId('member').filter({ hasText: name });
    const [memberId = null] = await row.evaluateAll((rows) =>
      rows.map((each) => each.getAttribute('data-member-id')),
    );
    return memberId;
  }

  /** The receipts of the event that this tab published last. */
  receipts(): Promise<ShownReceipt[]> {
    return this.demo.page
      .getByTestId('round')
      .first()
      .getByTestId('receipt')
      .evaluateAll((all) => {
        const text = (row: Element, id: string) =>
          row.querySelector(`[data-testid="${id}"]`)?.textContent ?? '';
        return all.map((row) => ({
          name: text(row, 'receipt-name'),
          outcome: text(row, 'receipt-outcome'),
          facts: text(row, 'receipt-facts'),
        }));
      });
  }

  async expectOutcomes(...expected: readonly (readonly [FanOutTab, string])[]): Promise<void> {
    const outcomes = async () =>
      (await this.receipts()).map(({ name, outcome }) => `${name}: ${outcome}`);
    const wanted = expected.map(([{ name }, outcome]) => `${name}: ${outcome}`);
    await expect.poll(async () => (await outcomes()).sort(), PATIENCE).toEqual(wanted.sort());
  }

  /** The ids of the events that this tab acknowledged. */
  async acknowledgedIds(): Promise<string[]> {
    return (await this.demo.happenings('ack')).map(({ eventId }) => eventId);
  }

  async expectReceivedCount(count: number): Promise<void> {
    const shown = () => this.demo.page.getByTestId('received-count').textContent();
    await expect.poll(shown, PATIENCE).toBe(String(count));
  }
}
