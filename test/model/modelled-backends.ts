import { testedSqlite } from '../backends/sqlite/tested-sqlite.ts';
import { type TestedBackend, testedBackends } from '../backends.ts';
import type { Bounds } from './run-model.ts';

/** A backend that needs no server, and how many runs take a few seconds. */
export interface Modelled {
  readonly name: string;
  readonly tested: TestedBackend;
  readonly bounds: Bounds;
}

const INDEXEDDB = {
  name: 'IndexedDB (available)',
  tested: testedBackends['IndexedDB (available)'],
};
const SQLITE = {
  name: 'SQLite (one handle, in memory)',
  tested: testedSqlite['SQLite (one handle, in memory)'] as TestedBackend,
};
const MEMORY = { name: 'memory', tested: testedBackends.memory };
const SYNC = { name: 'memory (synchronous)', tested: testedBackends['memory (synchronous)'] };
const BROADCAST = { name: 'broadcast', tested: testedBackends.broadcast };

/** Each context over SQLite counts the turns of the oldest event for itself. */
const OWN_TURNS = { contexts: 2, hasOwnTurns: true };

export const MODELLED: readonly Modelled[] = [
  { ...MEMORY, bounds: { numRuns: 300, contexts: 2 } },
  { ...MEMORY, bounds: { numRuns: 150, contexts: 2, isDecorated: true } },
  { ...SYNC, bounds: { numRuns: 300, contexts: 2 } },
  { ...INDEXEDDB, bounds: { numRuns: 80, contexts: 1 } },
  { ...INDEXEDDB, bounds: { numRuns: 40, contexts: 2 } },
  { ...INDEXEDDB, bounds: { numRuns: 30, contexts: 2, isDecorated: true } },
  { ...SQLITE, bounds: { numRuns: 120, ...OWN_TURNS } },
  { ...SQLITE, bounds: { numRuns: 40, ...OWN_TURNS, isDecorated: true } },
  { ...BROADCAST, bounds: { numRuns: 80, contexts: 3 } },
  { ...BROADCAST, bounds: { numRuns: 30, contexts: 3, isDecorated: true } },
];
