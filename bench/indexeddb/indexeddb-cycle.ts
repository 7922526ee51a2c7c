import type { Page } from 'playwright';
import type { Bench, Ratio, Table } from '../bench.ts';
import { BenchBrowser } from '../chromium.ts';
import { ROUNDS, roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { CycleSubject, Durability } from './page-bench.ts';

const GOAL = 5;
const SUBJECTS: readonly CycleSubject[] = ['obvious', 'obvious, batched', 'floor', 'ackline'];

interface Setting {
  readonly inFlight: number;
  readonly durability: Durability;
  readonly rounds: number;
  /** So many that a round takes about a second; never fewer than the browser's clock can tell. */
  readonly events: Readonly<Record<CycleSubject, number>>;
}

const MAIN_EVENTS = { obvious: 1_000, 'obvious, batched': 2_000, floor: 10_000, ackline: 10_000 };
const SETTINGS: readonly Setting[] = [
  { inFlight: 100, durability: 'relaxed', rounds: ROUNDS, events: MAIN_EVENTS },
  { inFlight: 100, durability: 'strict', rounds: ROUNDS, events: MAIN_EVENTS },
  {
    inFlight: 10,
    durability: 'relaxed',
    rounds: 3,
    events: { obvious: 1_000, 'obvious, batched': 1_000, floor: 2_000, ackline: 2_000 },
  },
  {
    inFlight: 1,
    durability: 'relaxed',
    rounds: 3,
    events: { obvious: 300, 'obvious, batched': 300, floor: 300, ackline: 300 },
  },
];

const SUMMARY =
  'Full cycles (publish → claim → handler → acknowledged) per second in one tab of Chromium, payloads of about 300 ' +
  'random bytes, a database of its own for each round. `obvious` is a row for each event with an index on its visible ' +
  'time, get-then-put to claim, delete to acknowledge, a transaction for each step and as many consumers as publishes ' +
  'in flight; `obvious, batched` is the same with all that is in flight in one transaction, by the caller’s own batching. ' +
  '`floor` is one row for each batch, one claim row, one delete of each: it can do nothing else. `ackline` publishes ' +
  'one by one, with a listener whose concurrency equals the publishes in flight. The slow ones run fewer events, which ' +
  'spares them the remains of deleted rows.';

/** What a user of IndexedDB gets per second, beside the obvious layout and the least that could do it. */
export const indexedDbCycle: Bench = {
  name: 'indexeddb-cycle',
  async run() {
    await using browser = await BenchBrowser.open('bench/indexeddb/page.ts');
    const page = await browser.newPage();
    const measured: { readonly table: Table; readonly ratios: readonly Ratio[] }[] = [];
    for (const setting of SETTINGS) measured.push(await measure(page, setting));
    return {
      summary: SUMMARY,
      tables: measured.map(({ table }) => table),
      ratios: measured.flatMap(({ ratios }) => ratios),
      browser: browser.version,
    };
  },
};

async function measure(page: Page, { inFlight, durability, rounds, events }: Setting) {
  const figures = await takeTurns(
    SUBJECTS.map((subject) => {
      const batch = subject === 'floor' || subject === 'obvious, batched' ? inFlight : 1;
      const terms = { events: events[subject], inFlight, batch };
      return { subject, measure: () => runCycles(page, subject, durability, terms) };
    }),
    rounds,
  );
  const name = `${inFlight} in flight, ${durability}`;
  const series = SUBJECTS.map((subject) => ({ subject, rounds: roundsOf(figures, subject) }));
  const isMain = events === MAIN_EVENTS;
  const ratios = SUBJECTS.filter((subject) => subject !== 'ackline').map(
    (subject): Ratio => ({
      what: `ackline ÷ ${subject}, ${name}`,
      rounds: ratioByRound(roundsOf(figures, 'ackline'), roundsOf(figures, subject)),
      ...(isMain && subject !== 'floor' && { atLeast: GOAL }),
    }),
  );
  return { table: { title: `Full cycle, ${name}`, unit: 'cycles/s', series }, ratios };
}

function runCycles(
  page: Page,
  subject: CycleSubject,
  durability: Durability,
  terms: { readonly events: number; readonly inFlight: number; readonly batch: number },
): Promise<number> {
  return page.evaluate(
    (given) => window.bench.runCycles(given.subject, given.durability, given.terms),
    { subject, durability, terms },
  );
}
