import type { Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  launchBrowser,
  type RealBrowser,
  type ServedDemo,
  serveDemo,
} from '../setup/real-browser.ts';
import { killWhileItWorks } from './kill-while-it-works.ts';

const PATIENTLY = { timeout: 30_000, interval: 50 };

let demo: ServedDemo;
let browser: RealBrowser;
/** New for each test. */
let origin: string;
let problems: string[];

beforeAll(async () => {
  demo = await serveDemo();
  browser = await launchBrowser('chromium');
});

afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

beforeEach(() => {
  problems = [];
  origin = demo.newOrigin();
});

afterEach(async () => {
  await browser.closeTabs();
  expect(problems).toEqual([]);
});

async function open(path: string): Promise<Page> {
  const page = await browser.tabs.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(origin + path);
  return page;
}

const textOf = (page: Page, testId: string) => page.getByTestId(testId).textContent();

test('tour: an order of a killed tab goes to the other tab as attempt 2, and is acknowledged', async () => {
  const page = await open('');
  await killWhileItWorks(page, 'A');
  const killed = page.getByTestId('timeline').locator('li', { hasText: 'tab A killed' });
  await expect
    .poll(() => killed.first().textContent(), PATIENTLY)
    .toMatch(/tab A, attempt 1\s*tab A killed\s*tab B, attempt 2\s*acknowledged/);
  await page.getByTestId('kill-A').click();
  await page.frameLocator('[title="Tab A"]').getByTestId('attempt').waitFor();
});

test('tour: with both tabs killed the orders wait, and go on in a tab that is opened again', async () => {
  const page = await open('');
  const rows = page.getByTestId('timeline').locator('li');
  const numbersOf = async (found: Locator) =>
    (await found.allTextContents()).map((text) => Number(/Order (\d+)/.exec(text)?.[1]));
  for (const name of ['A', 'B']) await page.getByTestId(`kill-${name}`).click();
  await expect.poll(() => textOf(page, 'waiting'), PATIENTLY).toMatch(/[1-9]/);
  const last = Math.max(0, ...(await numbersOf(rows)));
  await page.getByTestId('kill-B').click();
  const done = rows.filter({ hasText: 'acknowledged' });
  const newest = async () => Math.max(0, ...(await numbersOf(done)));
  await expect.poll(newest, PATIENTLY).toBeGreaterThan(last);
});

test('load: 100,000 events are published and handled, and none is left', async () => {
  const page = await open('load/');
  await page.getByTestId('publish').click();
  await expect
    .poll(() => textOf(page, 'handled'), { timeout: 120_000, interval: 200 })
    .toBe('100,000');
  await expect.poll(() => textOf(page, 'waiting'), PATIENTLY).toBe('0');
}, 150_000);

test('clock: a mail that fails twice works at the third attempt, when the visitor has moved the clock', async () => {
  const page = await open('clock/');
  await page.getByTestId('publish').click();
  await expect.poll(() => textOf(page, 'log'), PATIENTLY).toContain('mail 1, attempt 1, fails');
  const state = () => textOf(page, 'state');
  await expect.poll(state, PATIENTLY).toContain('1 wait');
  await page.getByTestId('forward-10000').click();
  await expect.poll(() => textOf(page, 'log'), PATIENTLY).toContain('mail 1, attempt 3, works');
  await expect.poll(state, PATIENTLY).toBe('0 ready, 0 wait for a later time, 0 dead letters');
});

test('inspector: one click away in the tour, the lab and the shop, and it shows the events of the page', async () => {
  for (const path of ['', 'lab/', 'shop/']) {
    const page = await open(path);
    await page.getByTestId('inspect').click();
    await page.getByRole('row', { name: /^order(s|.placed)/ }).waitFor();
    await page.getByRole('tab', { name: 'Leased' }).waitFor();
    await page.getByTestId('inspect').click();
    await expect.poll(() => page.locator('ackline-inspector').count(), PATIENTLY).toBe(0);
    await page.close();
  }
});

test('sign-out: what is kept is sent when its user is back, and what is deleted is never sent', async () => {
  const page = await open('sign-out/');
  const press = (testId: string) => page.getByTestId(testId).click();
  const parts = () => textOf(page, 'parts');
  await press('sign-in-Ada');
  await press('write');
  await press('write');
  await expect.poll(parts, PATIENTLY).toBe('Ada: 2 orders wait');
  await press('keep');
  await press('sign-in-Bob');
  await press('write');
  await expect.poll(parts, PATIENTLY).toContain('Bob: 1 order waits');
  await press('purge');
  await expect.poll(parts, PATIENTLY).toBe('Ada: what waits is kept until Ada is back');
  await press('offline');
  await press('sign-in-Bob');
  await press('write');
  await expect.poll(() => textOf(page, 'sent'), PATIENTLY).toBe('Order 4, from Bob');
  await press('keep');
  await press('sign-in-Ada');
  await expect
    .poll(() => textOf(page, 'sent'), PATIENTLY)
    .toBe('Order 2, from AdaOrder 1, from AdaOrder 4, from Bob');
});
