import type { PlantedBug } from './planted-bug.ts';

/** A program of the copied tree that exits with another code than 0 where it finds a fault. */
export interface Check {
  readonly name: string;
  readonly args: readonly string[];
  /** The library without a bug passes in this time. Default 240,000. */
  readonly limitMs?: number;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const ENTRIES = ['--import', './test/setup/source-entries.mjs'];
const SIMULATION = 'test/simulation/run.ts';
const HEALTHY = 'test/simulation/healthy.ts';
const VITEST = 'node_modules/vitest/vitest.mjs';

const overIndexedDb: Check = {
  name: 'simulation over IndexedDB',
  args: [...ENTRIES, SIMULATION, '--seeds', '250', '--stop'],
};
const overMemory: Check = {
  name: 'simulation over memory',
  args: [...ENTRIES, SIMULATION, '--store', 'memory', '--seeds', '200', '--stop'],
};
const overBroadcast: Check = {
  name: 'simulation over broadcast',
  args: [...ENTRIES, SIMULATION, '--store', 'broadcast', '--seeds', '100', '--stop'],
};
const healthyIndexedDb: Check = {
  name: 'healthy simulation over IndexedDB',
  args: [...ENTRIES, HEALTHY, '--seeds', '15', '--stop'],
};
const healthyMemory: Check = {
  name: 'healthy simulation over memory',
  args: [...ENTRIES, HEALTHY, '--store', 'memory', '--seeds', '60', '--stop'],
};
const conformance: Check = {
  name: 'conformance suite',
  args: [...ENTRIES, 'test/package/conformance.mjs'],
};
const eachFailure: Check = {
  name: 'every n-th failure',
  args: [...ENTRIES, 'test/simulation/each-failure.ts'],
  limitMs: 300_000,
};

const overPglite: Check = {
  name: 'conformance suite over PGlite',
  args: [...ENTRIES, 'test/backends/postgres/conformance-program.ts'],
};

function overModel(title: string): Check {
  const args = ['--backend', title, '--runs', '400', '--seed', '1', '--exact'];
  return { name: `model over ${title}`, args: [...ENTRIES, 'test/model/campaign.ts', ...args] };
}

/**
 * The checks of a bug, in the order in which they run. A bug that only a real browser shows has one check, which runs where
 * `isReal` is true.
 */
export function checksFor(
  { file, test, real, model }: PlantedBug,
  isReal: boolean,
): readonly Check[] {
  if (real !== undefined) return isReal ? [inFirefox(real)] : [];
  if (model !== undefined) return [overModel(model)];
  const own = test === undefined ? [] : [vitestOf('node', test)];
  // The simulations and the conformance suite do not use the outbox.
  if (file.startsWith('src/outbox/')) return own;
  if (file.startsWith('src/backends/postgres/')) return [...own, overPglite];
  if (file.startsWith('src/backends/broadcast/')) return [overBroadcast, ...own, conformance];
  return file.startsWith('src/backends/indexeddb/')
    ? [overIndexedDb, healthyIndexedDb, ...own, conformance, eachFailure]
    : [overMemory, healthyMemory, ...own, conformance, healthyIndexedDb, overIndexedDb];
}

function vitestOf(project: string, file: string): Check {
  return {
    name: file,
    args: [VITEST, 'run', '--project', project, file],
    limitMs: 120_000,
  };
}

/** Firefox is the engine that differs most from `fake-indexeddb`. */
function inFirefox(file: string): Check {
  const env = { ACKLINE_ENGINES: 'firefox' };
  return { ...vitestOf('firefox', file), name: `${file} in Firefox`, limitMs: 400_000, env };
}
