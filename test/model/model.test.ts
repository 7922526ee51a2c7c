// Covers test/model/*.ts
import { test } from 'vitest';
import { testedBackends } from '../backends.ts';
import { checkAgainstModel } from './run-model.ts';

/** The runs of each backend take a few seconds. */
const BOUNDS = {
  memory: { numRuns: 600, contexts: 2 },
  'memory (synchronous)': { numRuns: 600, contexts: 2 },
  'IndexedDB (available)': { numRuns: 250, contexts: 1 },
} as const;

for (const [name, bounds] of Object.entries(BOUNDS))
  test(`${name}: random commands are answered as the model says`, { timeout: 600_000 }, () =>
    checkAgainstModel(name, testedBackends[name as keyof typeof BOUNDS], bounds),
  );
