// Covers demo/many-tabs/*.ts, demo/shown-code.ts
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askedEngines } from '../setup/engine-names.mjs';
import {
  launchBrowser,
  type RealBrowser,
  type ServedDemo,
  serveDemo,
} from '../setup/real-browser.ts';

const PATIENTLY = { timeout: 45_000, interval: 50 };

let demo: ServedDemo;

beforeAll(async () => {
  demo = await serveDemo();
});

afterAll(() => demo?.close());

for (const engine of askedEngines().filter((name) => name !== 'webkitgtk'))
  describe(engine, () => {
    let browser: RealBrowser;
    let page: Page;
    let problems: string[];

    beforeAll(async () => {
      browser = await launchBrowser(engine);
    });

    afterAll(() => browser?.close());

    beforeEach(async () => {
      problems = [];
      page = await browser.tabs.newPage();
      page.on('pageerror', (error) => problems.push(String(error)));
      // Four documents with each module in a file of its own: on a loaded machine Firefox takes more than the default of 30 s.
      await page.goto(`${demo.url}many-tabs/`, { timeout: 90_000 });
      // The page has published once by itself.
      await expectRound(['A acknowledged', 'B acknowledged', 'C acknowledged']);
    }, 150_000);

    afterEach(async () => {
      await page.close();
      expect(problems).toEqual([]);
    });

    const press = (testId: string) => page.getByTestId(testId).click();

    const priceIn = (tab: string) =>
      page.frameLocator(`[title="Tab ${tab}"]`).getByTestId('price').textContent();

    const expectPrice = (tab: string, price: string) =>
      expect.poll(() => priceIn(tab), PATIENTLY).toBe(price);

    const expectMembers = (text: string) =>
      expect.poll(() => page.getByTestId('members').textContent(), PATIENTLY).toBe(text);

    /** The receipts of the last event, without their times. */
    async function receipts(): Promise<string[]> {
      const shown = await page.getByTestId('round').first().locator('.step').allTextContents();
      return shown.map((text) => text.replace(/ after .*/, '').replace(':', '')).sort();
    }

    const expectRound = (expected: readonly string[]) =>
      expect.poll(receipts, PATIENTLY).toEqual(expected);

    test('many tabs: a tab that is added shows the last price, and sends receipts from then on', async () => {
      await press('add');
      await expectMembers('4 tabs listen');
      await expectPrice('D', '11 €');
      await press('publish');
      await expectRound(['A acknowledged', 'B acknowledged', 'C acknowledged', 'D acknowledged']);
      for (const tab of ['A', 'B', 'C', 'D']) await expectPrice(tab, '12 €');
    });

    test('many tabs: a tab that is closed while it works has vanished, and is a member no more', async () => {
      await page.evaluate(closeAWhileItWorks);
      await expectRound(['A vanished', 'B acknowledged', 'C acknowledged']);
      await expectMembers('2 tabs listen');
      expect(await page.evaluate('document.activeElement.id')).toBe('add');
    });

    test('many tabs: a frozen tab sends no receipt, and has every price when it goes on', async () => {
      await press('freeze-B');
      await expectMembers('2 tabs listen');
      for (const price of ['12 €', '13 €']) {
        await press('publish');
        await expectPrice('A', price);
        await expectRound(['A acknowledged', 'C acknowledged']);
      }
      expect(await priceIn('B')).toBe('11 €');
      await press('freeze-B');
      await expectMembers('3 tabs listen');
      await expectPrice('B', '13 €');
    });

    test('many tabs: the page shows the lines that run, and the inspector has the members', async () => {
      const shown = await page.locator('code').allTextContents();
      const verbs = [
        'publishConfirmed',
        'listen',
        'broadcastBackend',
        'events-missed',
        'watchMembers',
      ];
      for (const [at, verb] of verbs.entries()) expect(shown[at]).toContain(verb);
      await press('inspect');
      await page.getByRole('tab', { name: 'Members' }).click();
      await expect.poll(() => page.getByRole('cell', { name: 'acknowledged' }).count()).toBe(3);
    });
  });

/** Runs in the page, where no time passes between the event and the click. */
function closeAWhileItWorks(): Promise<void> {
  const find = (testId: string) =>
    document.querySelector<HTMLButtonElement>(`[data-testid="${testId}"]`);
  const tab = document.querySelector<HTMLIFrameElement>('[title="Tab A"]');
  find('publish')?.click();
  return new Promise((resolve) => {
    const look = setInterval(() => {
      const isWorking = tab?.contentDocument?.body.classList.contains('working');
      if (!isWorking) return;
      clearInterval(look);
      find('close-A')?.click();
      resolve();
    }, 1);
  });
}
