import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { PlaywrightName } from '../test/setup/playwright-engine.ts';
import { BenchBrowser } from './bench-browser.ts';
import { type CpuProfile, profilePage, selfTimes } from './indexeddb/cpu-profile.ts';
import type { CycleSubject, Durability } from './indexeddb/page-bench.ts';

/**
 * Shows where the time of an IndexedDB cycle goes: transactions and requests for each event, then the functions that
 * used the main thread. `node bench/diagnose.ts --subject ackline --in-flight 100 --events 10000`. With
 * `--engine firefox`, which gives no profile of functions, only the transactions and requests.
 */

const { values } = parseArgs({
  options: {
    subject: { type: 'string', default: 'ackline' },
    durability: { type: 'string', default: 'relaxed' },
    'in-flight': { type: 'string', default: '100' },
    events: { type: 'string', default: '10000' },
    engine: { type: 'string', default: 'chromium' },
  },
});
const subject = values.subject as CycleSubject;
const durability = values.durability as Durability;
const engine = values.engine as PlaywrightName;
const inFlight = Number(values['in-flight']);
const events = Number(values.events);
const batch = subject === 'ackline' || subject === 'obvious' ? 1 : inFlight;
const terms = { events, inFlight, batch };

const FOLDER = new URL('.tmp/', import.meta.url);

await using browser = await BenchBrowser.open('bench/indexeddb/page.ts', { engine });
const page = await browser.newPage();
const runCycles = () =>
  page.evaluate((given) => window.bench.runCycles(given.subject, given.durability, given.terms), {
    subject,
    durability,
    terms,
  });

console.log(`${subject}, ${durability}, ${engine}, ${inFlight} in flight, ${events} events`);
for (const title of ['warm-up', 'undisturbed']) await printRate(title);
const profile =
  engine === 'chromium' ? await profilePage(page, () => printRate('profiled')) : undefined;
await page.evaluate(() => window.bench.countRequests());
await printRate('counted');
const { transactions, requests } = await page.evaluate(() => window.bench.readRequests());
console.log('\nper 1,000 events: transactions, and how long one is open');
for (const [kind, { count, totalMs }] of Object.entries(transactions))
  console.log(`${perThousand(count)}  ${(totalMs / count).toFixed(2).padStart(7)} ms  ${kind}`);
console.log('\nper 1,000 events: requests');
for (const [kind, count] of Object.entries(requests)) console.log(`${perThousand(count)}  ${kind}`);
if (profile) printProfile(profile);

async function printRate(title: string): Promise<void> {
  console.log(`${title.padEnd(12)} ${Math.round(await runCycles())} cycles/s`);
}

function perThousand(count: number): string {
  return ((count * 1_000) / events).toFixed(1).padStart(8);
}

function printProfile(taken: CpuProfile): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL(`${subject}.cpuprofile`, FOLDER), JSON.stringify(taken));
  console.log('\nmain thread, ms by itself (the whole in bench/.tmp)');
  for (const [name, ms] of selfTimes(taken).slice(0, 40))
    console.log(`${ms.toFixed(1).padStart(8)}  ${name}`);
}
