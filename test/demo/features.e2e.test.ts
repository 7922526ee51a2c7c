import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  launchBrowser,
  type RealBrowser,
  type ServedDemo,
  serveDemo,
} from '../setup/real-browser.ts';

const PATIENTLY = { timeout: 30_000, interval: 50 };

/** What each card says in the end. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'publish-once': ['published twice, stored: 1'],
  'order-by-key': [
    'Ada, 1, attempt 1',
    'Bob, 1, attempt 1',
    'Ada, 1, attempt 2',
    'Ada, 2, attempt 1',
  ],
  'blocked-key': ['blocked: Ada', 'send goes on'],
  'last-draft': ['to be saved: “Dear Ada”'],
  dependency: ['rename number 17'],
  result: ['the seat is 12A'],
  groups: ['search has tea', 'mail is behind by 1'],
  batches: ['1, 2, 3', '4, 5, 6', '7'],
  rate: ['request 1', 'request 2', 'request 3', 'request 4'],
  pause: ['paused: the battery is low', 'uploaded photo.jpg'],
  'back-pressure': ['4 is refused: backlog-full'],
  schema: ['must be above 0'],
};

let demo: ServedDemo;
let browser: RealBrowser;

beforeAll(async () => {
  demo = await serveDemo();
});

afterAll(() => demo?.close());

beforeEach(async () => {
  browser = await launchBrowser('chromium');
});

afterEach(() => browser.close());

test('features: each card runs the code that it shows, and again', async () => {
  const problems: string[] = [];
  const page = await browser.tabs.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${demo.url}features/`);
  const names = Object.keys(SAID);
  expect(await page.locator('article').count()).toBe(names.length);
  for (const name of names) {
    const saidBy = () => page.getByTestId(`output-${name}`).locator('li').allTextContents();
    for (let times = 0; times < 2; times += 1) {
      await page.getByTestId(`run-${name}`).click();
      await expect.poll(saidBy, PATIENTLY).toHaveLength(SAID[name]?.length ?? 0);
      const said = await saidBy();
      for (const [at, line] of (SAID[name] ?? []).entries()) expect(said[at]).toContain(line);
    }
  }
  const shown = await page.locator('code').allTextContents();
  for (const code of shown) expect(code).toMatch(/say\(/);
  expect(problems).toEqual([]);
});
