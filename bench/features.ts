import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../test/setup/bundle.ts';
import { launchContext } from '../test/setup/playwright-engine.ts';
import { pageOf, servePages } from '../test/setup/serve-pages.ts';
import type { FeatureSubject } from './features-page.ts';
import { medianOf } from './statistics.ts';

/**
 * What keys, ids, groups and dependencies cost over IndexedDB in Chromium, beside plain events in the same run, and how fast dead letters
 * are put back: `node bench/features.ts [events] [rounds] [dead letters] [hot]`. The
 * last number is how many events wait behind one of their key while events of other keys are delivered. The goals are 0.4 of plain events with 1,000 keys, 0.5 with an
 * id, 0.4 for each delivery to three groups, and 20,000 redriven events in a second.
 */
const [events = 10_000, rounds = 3, deadLetters = 50_000, hot = 0] = process.argv
  .slice(2)
  .map(Number);
const SUBJECTS: readonly FeatureSubject[] = [
  'plain',
  'keyed',
  'published once',
  'three groups',
  'dependent',
];

const script = await bundle(new URL('./features-page.ts', import.meta.url));
const served = await servePages({
  '/': pageOf('/page.js'),
  '/page.js': { type: 'text/javascript', body: script },
});

async function inPage<Result>(run: (open: Page) => Promise<Result>): Promise<Result> {
  const profile = mkdtempSync(join(tmpdir(), 'features-'));
  const context = await launchContext('chromium', profile);
  const page = await context.newPage();
  await page.goto(served.url);
  await page.waitForFunction(() => window.features !== undefined);
  const result = await run(page);
  await context.close();
  rmSync(profile, { recursive: true, force: true });
  return result;
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchContext>>['newPage']>>;

const rates = new Map<FeatureSubject, number[]>(SUBJECTS.map((subject) => [subject, []]));
const redriven: number[] = [];
const besideHotKey: number[] = [];
for (let round = 0; round < rounds; round += 1)
  await inPage(async (page) => {
    for (const subject of SUBJECTS) {
      const given = [subject, events] as const;
      const rate = await page.evaluate((all) => window.features.cycle(...all), given);
      rates.get(subject)?.push(rate);
    }
    if (hot > 0) {
      const cycle = (waiting: number) =>
        page.evaluate((given) => window.features.cycleBesideHotKey(...given), [
          waiting,
          events,
        ] as const);
      const [few, many] = [await cycle(100), await cycle(hot)];
      besideHotKey.push(many / few);
    }
    redriven.push(await page.evaluate((count) => window.features.redrive(count), deadLetters));
  });

const plain = rates.get('plain') ?? [];
for (const [subject, figures] of rates) {
  const ratio = medianOf(figures.map((figure, round) => figure / (plain[round] ?? 1)));
  console.log(
    `${subject}: ${Math.round(medianOf(figures))} deliveries/s, ${ratio.toFixed(2)} of plain events`,
  );
}
console.log(`redrive of ${deadLetters}: ${Math.round(medianOf(redriven))} events/s`);
if (hot > 0)
  console.log(`beside ${hot} events of a key: ${medianOf(besideHotKey).toFixed(2)} of beside 100`);
await served.close();
