// npm run screenshots: takes a picture of each page of the demo, on a phone, a desk and a wide screen, light and dark.
// They go to test/.tmp/screenshots, to be looked at. One of them stands in the README.
// npm run screenshots -- shop: only the pages with this in their name.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root, temporary } from '../../package/paths.ts';
import { launchBrowser, serveDemo } from '../../setup/real-browser.ts';
import { type Scene, scenes } from './scenes.ts';

const DEVICES = {
  desk: { width: 960, height: 620 },
  phone: { width: 360, height: 640 },
  wide: { width: 2_560, height: 1_300 },
};
const SCHEMES = ['light', 'dark'] as const;

/** The scene whose picture stands in the README. */
const SHOWN = 'tour';

const folder = join(temporary, 'screenshots');
const [asked = ''] = process.argv.slice(2);

interface Look {
  readonly device: keyof typeof DEVICES;
  readonly colorScheme: (typeof SCHEMES)[number];
}

/** In a browser of its own, so that nothing is stored from another picture. */
async function take({ name, path, prepare }: Scene, { device, colorScheme }: Look): Promise<void> {
  const browser = await launchBrowser('chromium');
  try {
    const page = await browser.tabs.newPage();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(DEVICES[device]);
    await page.goto(demo.url + path);
    await prepare(page);
    const picture = join(folder, `${name}-${device}-${colorScheme}`);
    await page.screenshot({ path: `${picture}.png` });
    await page.screenshot({ path: `${picture}-whole.png`, fullPage: true });
    const width: number = await page.evaluate('document.documentElement.scrollWidth');
    if (width > DEVICES[device].width)
      throw new Error(`${name} is ${width} px wide on a ${device}`);
  } finally {
    await browser.close();
  }
}

await mkdir(folder, { recursive: true });
const demo = await serveDemo();
try {
  for (const scene of scenes) {
    if (!scene.name.includes(asked)) continue;
    for (const device of ['desk', 'phone', 'wide'] as const)
      for (const colorScheme of SCHEMES) await take(scene, { device, colorScheme });
    process.stdout.write(`${scene.name}\n`);
  }
} finally {
  await demo.close();
}
if (SHOWN.includes(asked))
  await copyFile(join(folder, `${SHOWN}-desk-light.png`), join(root, `docs/pictures/${SHOWN}.png`));
