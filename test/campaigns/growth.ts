import { parseArgs } from 'node:util';
import { medianOf, quantileOf } from '../../bench/statistics.ts';
import type { Comparison, Times } from '../backends/indexeddb/contexts/growth-page.ts';
import { serveContexts } from '../backends/indexeddb/contexts/serve-contexts.ts';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';
import { openGrowthTab, type Rested, rest, type Worn, wearOut } from '../support/wear-out.ts';

const ENGINES = ['chromium', 'firefox'] as const;
const CHANNELS = 3;
const MAX_RATIO = 2;
const ROUNDS = 10;
const CLAIMS = 100;

function options() {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'chromium' },
      cycles: { type: 'string', default: '100000' },
      'in-flight': { type: 'string', default: '100' },
      tabs: { type: 'string', default: '3' },
    },
  });
  const engine = ENGINES.find((known) => known === values.engine);
  if (!engine)
    throw new TypeError(`--engine must be ${ENGINES.join(' or ')}, got ${values.engine}`);
  return { engine, wear: wearOf(values) };
}

function wearOf(values: { cycles: string; 'in-flight': string; tabs: string }) {
  return {
    cycles: countOf('cycles', values.cycles),
    inFlight: countOf('in-flight', values['in-flight']),
    tabs: countOf('tabs', values.tabs),
    crashes: 5,
  };
}

function countOf(option: string, value: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new TypeError(`--${option} must be a whole number from 1, got ${value}`);
}

/** Measured in a tab that was just opened, as for a returning visitor. */
async function measure(browser: RealBrowser, url: string): Promise<Comparison> {
  const page = await openGrowthTab(browser, url);
  const times = await page.evaluate(([rounds, claims]) => window.growth.compare(rounds, claims), [
    ROUNDS,
    CLAIMS,
  ] as const);
  await page.close();
  return times;
}

/** Returns how much slower the used database is, for claims and for scans that find nothing. */
function tellTimes(when: string, { fresh, used }: Comparison): Ratio[] {
  return (['claims', 'scans'] as const).map((what) => {
    const ratio = medianOf(used[what]) / medianOf(fresh[what]);
    console.log(`  ${what} ${when}: fresh ${summary(fresh[what])}`);
    console.log(`    used ${summary(used[what])}, ${ratio.toFixed(2)}×`);
    return { what, ratio };
  });
}

interface Ratio {
  readonly what: keyof Times;
  readonly ratio: number;
}

function summary(times: readonly number[]): string {
  const [first = Number.NaN] = times;
  const shown = { first, p50: medianOf(times), p99: quantileOf(times, 0.99) };
  return Object.entries(shown)
    .map(([name, ms]) => `${name} ${ms.toFixed(2)}`)
    .join(', ');
}

function faultsIn({ ended }: Worn, { rows, isEmpty }: Rested, ratios: readonly Ratio[]): string[] {
  const { meta, reserve, epochs, dead, ...others } = rows;
  const left = Object.entries(others).filter(([, count]) => count !== 0);
  const slow = ratios.filter(({ ratio }) => ratio > MAX_RATIO);
  return [
    ...slow.map(({ what, ratio }) => `${what} take ${ratio.toFixed(2)}× as long as in a fresh one`),
    ...left.map(([store, count]) => `${store} has ${count} rows`),
    ...(epochs === CHANNELS ? [] : [`epochs has ${epochs} rows instead of ${CHANNELS}`]),
    ...(reserve === 1 ? [] : [`reserve has ${reserve} rows instead of 1`]),
    ...(meta === 1 ? [] : [`meta has ${meta} rows instead of 1`]),
    ...(dead === ended.rejected ? [] : [`dead has ${dead} rows instead of ${ended.rejected}`]),
    ...(isEmpty ? [] : ['a scan found an event after all events had ended']),
  ];
}

async function run(browser: RealBrowser, url: string): Promise<string[]> {
  const startedAt = performance.now();
  const worn = await wearOut(engine, browser, url, wear);
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${engine}: ${JSON.stringify(wear)} took ${seconds.toFixed(0)} s`);
  console.log(`  ended ${JSON.stringify(worn.ended)}`);
  console.log(`  rows at once ${JSON.stringify(worn.rows)}`);
  const atOnce = tellTimes('at once', await measure(browser, url));
  const rested = await rest(worn.last);
  console.log(`  rows later ${JSON.stringify(rested.rows)}`);
  const later = tellTimes('later', await measure(browser, url));
  return faultsIn(worn, rested, [...atOnce, ...later]);
}

const { engine, wear } = options();
const served = await serveContexts();
const browser = await launchBrowser(engine);
try {
  const faults = await run(browser, served.url);
  for (const fault of faults) console.log(`  FAULT: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await browser.close();
  await served.close();
}
