import type { Bench, Plot, Ratio, Series } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { medianOf, ratioByRound } from '../statistics.ts';
import { PEER_NOTES, SETTINGS, type Setting, type Subject } from './cycle-settings.ts';
import { CycleTabs } from './cycle-tabs.ts';

const SUMMARY =
  'Full cycles (publish → claim → handler → acknowledged) per second in one tab, with payloads of about 300 random bytes ' +
  'and a new database for each round. `obvious` stores one row for each event, with an index on its visible time. It ' +
  'claims by get-then-put, acknowledges by delete, uses a transaction for each step, and has as many consumers as ' +
  'publishes in flight. `obvious, batched` does the same with everything in flight in one transaction, which its caller ' +
  'collects. `floor` writes one row for each batch, one claim row, and one delete of each, and can do nothing else. ' +
  '`ackline` publishes one by one, with a listener whose concurrency equals the publishes in flight. The peers are used ' +
  'as their documentation shows. The note names the promises that they do not make. Slow subjects run fewer events, ' +
  'which spares them the scan over deleted rows.';

const DRAWN: readonly Subject[] = ['floor', 'ackline', 'obvious, batched', 'obvious'];

/** By how much the options of a publish may slow a cycle down. */
const MOST: Readonly<Partial<Record<Subject, number>>> = {
  'ackline, ids': 2,
  'ackline, 1,000 keys': 2.5,
};

interface Measured {
  readonly setting: Setting;
  readonly series: readonly (Series & { readonly subject: Subject })[];
}

/** Full cycles per second over IndexedDB, beside the obvious layout, the minimum of requests, and the peers. */
export const indexedDbCycle: Bench = {
  name: 'indexeddb-cycle',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/indexeddb/page.ts', { engine });
    const tabs = await CycleTabs.open(browser);
    const measured: Measured[] = [];
    for (const setting of SETTINGS) measured.push(await measure(tabs, setting));
    return {
      summary: SUMMARY,
      tables: measured.map(({ setting, series }) => ({
        title: `Full cycle, ${nameOf(setting)}`,
        unit: 'cycles/s',
        series,
      })),
      ratios: measured.flatMap(ratiosOf),
      plots: [plotOf(measured)],
      browser: browser.version,
    };
  },
};

function nameOf({ inFlight, durability }: Setting): string {
  return `${inFlight.toLocaleString('en')} in flight, ${durability}`;
}

async function measure(tabs: CycleTabs, setting: Setting): Promise<Measured> {
  const subjects = Object.keys(setting.events) as Subject[];
  const figures = await takeTurns(
    subjects.map((subject) => ({ subject, measure: () => tabs.measure(subject, setting) })),
  );
  const series = subjects.map((subject) => {
    const note = Object.entries(PEER_NOTES).find(([peer]) => peer === subject)?.[1];
    return { subject, rounds: roundsOf(figures, subject), ...(note !== undefined && { note }) };
  });
  return { setting, series };
}

function ratiosOf({ setting, series }: Measured): Ratio[] {
  const ackline = series.find(({ subject }) => subject === 'ackline')?.rounds ?? [];
  const others = series.filter(({ subject }) => subject !== 'ackline');
  return others.map(({ subject, rounds }) => {
    const atLeast = setting.goals[subject];
    return {
      what: `ackline ÷ ${subject}, ${nameOf(setting)}`,
      rounds: ratioByRound(ackline, rounds),
      ...(atLeast !== undefined && { atLeast }),
      ...(MOST[subject] !== undefined && { atMost: MOST[subject] }),
    };
  });
}

function plotOf(measured: readonly Measured[]): Plot {
  const relaxed = measured
    .filter(({ setting }) => setting.durability === 'relaxed')
    .toSorted((left, right) => left.setting.inFlight - right.setting.inFlight);
  const pointsOf = (drawn: Subject) =>
    relaxed.flatMap(({ setting, series }) =>
      series
        .filter(({ subject }) => subject === drawn)
        .map(({ rounds }) => [setting.inFlight, medianOf(rounds)] as const),
    );
  return {
    name: 'indexeddb-cycle-throughput',
    title: 'Full cycles per second, IndexedDB, relaxed',
    x: 'publishes in flight',
    y: 'cycles/s',
    lines: DRAWN.map((subject) => ({ subject, points: pointsOf(subject) })),
  };
}
