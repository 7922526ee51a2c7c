import type { Page } from 'playwright';
import { until } from '../../support/until.ts';
import { killWhileItWorks } from '../kill-while-it-works.ts';

/** A page of the demo, brought to a moment that is worth a picture. */
export interface Scene {
  readonly name: string;
  readonly path: string;
  prepare(page: Page): Promise<void>;
}

const press = (page: Page, testId: string): Promise<void> => page.getByTestId(testId).click();

async function killTabA(page: Page): Promise<void> {
  await killWhileItWorks(page, 'A');
  // The dot has arrived in the other tab.
  await page.getByTestId('timeline').getByText('tab B, attempt 2').waitFor();
  await page.getByTestId('kill-A').hover();
  // The number is read now and then, and follows the dots.
  await until(async () => {
    const dots = await page.locator('[data-place=stored]').count();
    return (await page.getByTestId('waiting').textContent()) === `${dots}`;
  }, 'as many dots as the number says');
}

async function orderOffline(page: Page): Promise<void> {
  await press(page, 'offline');
  for (let order = 0; order < 3; order++) await press(page, 'place-one');
  await page.getByTestId('waiting').getByText('3').waitFor();
}

/** One tab is frozen, and the others have answered or work. */
async function freezeAndPublish(page: Page): Promise<void> {
  await page.getByTestId('receipt-C').getByText('acknowledged').waitFor();
  await press(page, 'freeze-B');
  await page.getByTestId('members').getByText('2 tabs').waitFor();
  await press(page, 'publish');
  await page.getByTestId('receipt-A').getByText('acknowledged').waitFor();
}

/** Some wait, some are handled, and the chart has a line. Where a fast machine has handled all before that, more are published. */
async function handleSome(page: Page): Promise<void> {
  await press(page, 'publish');
  await page.getByTestId('handled').filter({ hasText: ',' }).waitFor();
  await until(async () => {
    const points = await page.locator('#line').getAttribute('points');
    const waiting = await page.getByTestId('waiting').textContent();
    if (waiting === '0') await press(page, 'publish');
    return (points ?? '').split(' ').length > 3 && waiting !== '0';
  }, 'a line in the chart, and a number of those that wait');
}

async function failOnce(page: Page): Promise<void> {
  await press(page, 'publish');
  await page.getByTestId('log').getByText('attempt 1').waitFor();
}

/** Orders of an earlier visit in the same browser wait, too. */
async function writeAndKeep(page: Page): Promise<void> {
  for (const testId of ['sign-in-Ada', 'write', 'write', 'keep', 'sign-in-Bob', 'write']) {
    await press(page, testId);
  }
  await page
    .getByTestId('parts')
    .getByText(/^Bob: \d+ orders? waits?$/)
    .waitFor();
}

async function inspectTour(page: Page): Promise<void> {
  await press(page, 'inspect');
  await page.getByRole('tab', { name: 'Leased' }).waitFor();
}

export const scenes: readonly Scene[] = [
  { name: 'tour', path: '', prepare: killTabA },
  { name: 'inspector', path: '', prepare: inspectTour },
  { name: 'shop', path: 'shop/', prepare: orderOffline },
  { name: 'many-tabs', path: 'many-tabs/', prepare: freezeAndPublish },
  { name: 'sign-out', path: 'sign-out/', prepare: writeAndKeep },
  { name: 'load', path: 'load/', prepare: handleSome },
  { name: 'clock', path: 'clock/', prepare: failOnce },
  { name: 'features', path: 'features/', prepare: (page) => page.locator('pre').first().waitFor() },
  { name: 'lab', path: 'lab/', prepare: (page) => page.getByTestId('tab-name').waitFor() },
];
