// Covers test/model/*.ts
import { test } from 'vitest';
import { testedSqlite } from '../backends/sqlite/tested-sqlite.ts';
import { type TestedBackend, testedBackends } from '../backends.ts';
import { type Bounds, checkAgainstModel } from './run-model.ts';

/** The runs of each backend take a few seconds. */
const BOUNDS: readonly (Bounds & { readonly name: string })[] = [
  { name: 'memory', numRuns: 600, contexts: 2 },
  { name: 'memory (synchronous)', numRuns: 600, contexts: 2 },
  { name: 'IndexedDB (available)', numRuns: 250, contexts: 1 },
  { name: 'IndexedDB (available)', numRuns: 100, contexts: 2 },
  { name: 'SQLite (one handle, in memory)', numRuns: 200, contexts: 2, hasOwnTurns: true },
];

const tested: Readonly<Record<string, TestedBackend>> = { ...testedBackends, ...testedSqlite };

for (const { name, ...bounds } of BOUNDS) {
  const all = `${name}, contexts: ${bounds.contexts}`;
  test(`${all}: random commands are answered as the model says`, { timeout: 600_000 }, () =>
    checkAgainstModel(all, tested[name] as TestedBackend, bounds),
  );
}
