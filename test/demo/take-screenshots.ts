// npm run screenshots: takes the pictures of the demo that the documents show.
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { launchBrowser, serveDemo } from '../setup/real-browser.ts';

const demo = await serveDemo();
const browser = await launchBrowser('chromium');
try {
  const page = await browser.tabs.newPage();
  await page.setViewportSize({ width: 960, height: 620 });
  await page.goto(demo.url);
  await page.frameLocator('[title="Tab A"]').getByTestId('attempt').waitFor();
  await page.getByTestId('kill-A').click();
  // The dot has arrived in the other tab.
  await page.frameLocator('[title="Tab B"]').getByText('attempt 2').waitFor();
  await page.getByTestId('kill-A').hover();
  // The number is read now and then, and follows the dots.
  await page.waitForFunction(
    `document.querySelectorAll('[data-place=stored]').length === Number(document.querySelector('#waiting').textContent)`,
  );
  await page.screenshot({ path: join(root, 'docs/pictures/tour.png') });
} finally {
  await browser.close();
  await demo.close();
}
