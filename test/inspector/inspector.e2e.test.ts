// Covers src/inspector/dom.ts, src/inspector/styles.ts, src/inspector/virtual-grid.ts, src/inspector/tabs.ts, src/inspector/question-dialog.ts
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addAxe, faultsOf, NO_FAULTS } from '../setup/axe.ts';
import { bundle } from '../setup/bundle.ts';
import { askedEngines } from '../setup/engine-names.mjs';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';
import { type ServedPages, servePages } from '../setup/serve-pages.ts';

const STRICT = {
  'content-security-policy': "default-src 'self'; require-trusted-types-for 'script'",
};
const VIEWS = ['Ready', 'Scheduled', 'Leased', 'Dead letters', 'Kept', 'Groups', 'Blocked keys'];

/** The engines that Playwright drives. */
const engines = askedEngines().filter((engine) => engine !== 'webkitgtk');

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Inspector</title></head>
<body><main><h1>Page</h1></main><script type="module" src="/page.js"></script></body></html>`;

let pages: ServedPages;

beforeAll(async () => {
  const script = await bundle(new URL('./contexts/inspector-page.ts', import.meta.url));
  pages = await servePages({
    '/page.js': { type: 'text/javascript', body: script },
    '/strict': { type: 'text/html', body: page, headers: STRICT },
    // axe itself does not work under the policy.
    '/open': { type: 'text/html', body: page },
  });
});

afterAll(() => pages?.close());

for (const engine of engines)
  describe(engine, () => {
    let browser: RealBrowser;

    beforeAll(async () => {
      browser = await launchBrowser(engine);
    });

    afterAll(() => browser?.close());

    async function open(path: string, scheme: 'light' | 'dark', width = 1_280): Promise<Page> {
      const opened = await browser.tabs.newPage();
      await opened.setViewportSize({ width, height: 900 });
      await opened.emulateMedia({ colorScheme: scheme });
      await opened.goto(pages.url + path);
      await opened.getByRole('row', { name: 'order.placed' }).waitFor();
      return opened;
    }

    /** Shows each view of each source, with details, a payload and a question, and calls `look` at each. */
    async function walk(opened: Page, look: (where: string) => Promise<void>): Promise<void> {
      for (const view of VIEWS) {
        await opened.getByRole('tab', { name: view }).click();
        await look(view);
      }
      await opened.getByRole('tab', { name: 'Dead letters' }).click();
      await opened.getByRole('row', { name: 'order-00' }).click();
      await opened.getByRole('button', { name: 'Show payload' }).click();
      await opened.getByRole('region', { name: 'Payload' }).waitFor();
      await look('details');
      await opened.getByRole('button', { name: 'Purge…' }).click();
      await opened.getByRole('alertdialog').waitFor();
      await look('question');
      await opened.getByRole('button', { name: 'Go back' }).click();
      await opened.getByRole('button', { name: 'Close' }).click();
      await opened.getByRole('row', { name: 'saved' }).click();
      await opened.getByRole('tab', { name: 'Blocked keys' }).click();
      await opened.getByRole('button', { name: 'Release the key' }).waitFor();
      await look('keys');
      await opened.getByRole('combobox').selectOption('tabs');
      await opened.getByRole('tab', { name: 'Members' }).click();
      await opened.getByRole('cell', { name: 'acknowledged' }).first().waitFor();
      await look('members');
    }

    // axe takes four times as long in Firefox, and looks at the same tree and colours.
    for (const scheme of ['light', 'dark'] as const)
      for (const width of engine === 'chromium' ? [360, 1_280, 3_840] : [1_280])
        test(`axe finds no violation in any view, ${scheme}, ${width} pixels wide`, {
          // Eleven runs of axe take more than a minute in Firefox on a loaded machine.
          timeout: 240_000,
        }, async () => {
          const opened = await open('/open', scheme, width);
          await addAxe(opened);
          await walk(opened, async (where) => {
            const faults = await faultsOf(opened, scheme);
            expect({ where, faults }).toEqual({ where, faults: NO_FAULTS });
          });
          await opened.close();
        });

    test('the keyboard alone reaches a dead letter, reads its payload and purges it', async () => {
      const opened = await open('/strict', 'light');
      const { keyboard } = opened;
      /** The name of what has the focus. */
      const focused = () =>
        opened.evaluate(() => {
          const host = document.activeElement;
          const inner = host?.shadowRoot?.activeElement ?? host;
          return inner?.ariaLabel ?? inner?.getAttribute('aria-label') ?? inner?.textContent ?? '';
        });
      const tabTo = async (name: string) => {
        for (let press = 0; press < 15 && !(await focused()).startsWith(name); press += 1)
          await keyboard.press('Tab');
        expect(await focused()).toMatch(new RegExp(`^${name}`));
      };
      await tabTo('Channels');
      await keyboard.press('ArrowDown');
      await keyboard.press('Enter');
      await tabTo('Ready');
      for (let step = 0; step < 3; step += 1) await keyboard.press('ArrowRight');
      expect(await focused()).toMatch(/^Dead letters/);
      await tabTo('Events, dead');
      await opened.getByRole('row', { name: 'order-00' }).waitFor();
      await keyboard.press('Home');
      await keyboard.press('Enter');
      expect(await focused()).toBe('order-00');
      await tabTo('Show payload');
      await keyboard.press('Enter');
      await expect.poll(focused).toBe('Payload');
      await tabTo('Purge…');
      await keyboard.press('Enter');
      await expect.poll(focused).toBe('Go back');
      await keyboard.press('Escape');
      await expect.poll(focused).toBe('Purge…');
      await keyboard.press('Enter');
      await expect.poll(focused).toBe('Go back');
      await tabTo('Purge');
      await keyboard.press('Enter');
      await opened.getByText('1 dead letter deleted.').waitFor();
      await expect.poll(focused).toBe('Events, dead');
      const left = await opened.evaluate(() => Reflect.get(globalThis, 'deadLetters')());
      expect(left).toHaveLength(1);
      await opened.close();
    });
  });
