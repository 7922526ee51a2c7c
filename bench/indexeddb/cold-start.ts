import {
  type LifecycleBrowser,
  launchLifecycleBrowser,
} from '../../test/setup/lifecycle-browser.ts';
import { type ServedFile, servePages } from '../../test/setup/serve-pages.ts';
import type { Bench, Ratio, Table } from '../bench.ts';
import { bundleModule } from '../bundle.ts';
import { check } from '../check.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { StartModule } from './start-module.ts';

const GOAL = 1.5;
/** More than in other benches, because each round is one start of some hundredths of a second. */
const START_ROUNDS = 15;
const MODULES = { raw: '/start-raw.js', ackline: '/start-ackline.js' } as const;
const SUBJECTS = ['raw', 'ackline'] as const;
const DATABASES = ['new', 'existing'] as const;

type Subject = (typeof SUBJECTS)[number];
type Database = (typeof DATABASES)[number];

/** The parts of a start, in milliseconds. */
const PHASES = ['whole', 'loading', 'opening', 'storing'] as const;
type Phases = Record<(typeof PHASES)[number], number>;

interface Started extends Phases {
  /** How many events are stored. */
  readonly count: number;
}

const SUMMARY =
  'Milliseconds from the call of `import()` in a new page of Chromium until its first event is stored: the module is ' +
  `loaded from a server on the same machine and not from a cache, the database opened, one event published, relaxed; ${START_ROUNDS} ` +
  'rounds, a page for each. `raw` loads a module that does no more than open a database with one store and add a row. ' +
  'Both modules are minified. Afterwards the bench counts the stored events.';

/** How long a page needs to store its first event. */
export const coldStart: Bench = {
  name: 'cold-start',
  async run() {
    const pages = await servePages({
      '/': { type: 'text/html', body: '<!doctype html>' },
      [MODULES.raw]: await moduleOf('bench/indexeddb/start-raw.ts'),
      [MODULES.ackline]: await moduleOf('bench/indexeddb/start-ackline.ts'),
    });
    const browser = await launchLifecycleBrowser();
    try {
      const version = browser.tabs.browser()?.version() ?? 'of unknown version';
      return {
        summary: SUMMARY,
        browser: `Chromium ${version}`,
        ...(await measure(browser, pages.url)),
      };
    } finally {
      await browser.close();
      await pages.close();
    }
  },
};

async function moduleOf(entry: string): Promise<ServedFile> {
  return { type: 'text/javascript', body: await bundleModule(entry) };
}

async function measure(browser: LifecycleBrowser, url: string) {
  const nameOf = (subject: Subject, database: Database) => `${subject}, ${database}`;
  let round = 0;
  /** By the name of the database. */
  const stored = new Map<string, number>();
  const start = async (subject: Subject, database: Database) => {
    round += 1;
    const name = database === 'new' ? `${subject}-${round}` : subject;
    const { count, ...phases } = await startOnce(browser, url, MODULES[subject], name);
    const expected = (stored.get(name) ?? 0) + 1;
    check(count === expected, `${expected} events are stored`, count);
    stored.set(name, count);
    return phases;
  };
  const figures = await takeTurns(
    DATABASES.flatMap((database) =>
      SUBJECTS.map((subject) => ({
        subject: nameOf(subject, database),
        measure: () => start(subject, database),
      })),
    ),
    START_ROUNDS,
  );
  const rounds = (subject: Subject, database: Database, phase: keyof Phases = 'whole') =>
    roundsOf(figures, nameOf(subject, database)).map((phases) => phases[phase]);
  return {
    tables: DATABASES.map(
      (database): Table => ({
        title: `First event of a page, ${database} database`,
        unit: 'ms',
        series: PHASES.flatMap((phase) =>
          SUBJECTS.map((subject) => ({
            subject: phase === 'whole' ? subject : `${subject}: ${phase}`,
            rounds: rounds(subject, database, phase),
          })),
        ),
      }),
    ),
    ratios: DATABASES.map(
      (database): Ratio => ({
        what: `time to the first event, ${database} database, ackline ÷ raw`,
        rounds: ratioByRound(rounds('ackline', database), rounds('raw', database)),
        atMost: GOAL,
      }),
    ),
  };
}

async function startOnce(
  browser: LifecycleBrowser,
  url: string,
  module: string,
  name: string,
): Promise<Started> {
  const { page } = await browser.openTab(url);
  const started = await page.evaluate(
    async ([address, database]) => {
      let openedAt = 0;
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function (...given) {
        const request = open.apply(this, given);
        request.addEventListener('success', () => {
          openedAt = performance.now();
        });
        return request;
      };
      const startedAt = performance.now();
      const { start, finish } = (await import(address)) as StartModule;
      const loadedAt = performance.now();
      await start(database);
      const storedAt = performance.now();
      return {
        whole: storedAt - startedAt,
        loading: loadedAt - startedAt,
        opening: openedAt - loadedAt,
        storing: storedAt - openedAt,
        count: await finish(),
      };
    },
    [module, name] as const,
  );
  await page.close();
  return started;
}
