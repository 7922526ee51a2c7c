// Covers src/core/events/plain-copy.ts, src/core/admission.ts
import { DatabaseSync } from 'node:sqlite';
import { memoryBackend, syncMemoryBackend } from 'ackline';
import { sqliteBackend } from 'ackline/sqlite';
import fc from 'fast-check';
import { test } from 'vitest';
import { asyncOverSync } from './async-over-sync.ts';
import { openInspected } from './backends/indexeddb/open-inspected.ts';
import { MANY_RUNS_MS, writtenValues } from './written-values.ts';

test(
  'memory: accepted values are kept, and other values are refused with typed errors',
  () =>
    fc.assert(
      writtenValues((runtime) => ({ backend: memoryBackend({ runtime }) })),
      { numRuns: 150 },
    ),
  MANY_RUNS_MS,
);

test(
  'memory (synchronous): accepted values are kept, and other values are refused with typed errors',
  () =>
    fc.assert(
      writtenValues((runtime) => ({ backend: asyncOverSync(syncMemoryBackend({ runtime })) })),
      { numRuns: 150 },
    ),
  MANY_RUNS_MS,
);

test(
  'SQLite: accepted values are kept, and other values are refused with typed errors',
  () =>
    fc.assert(
      writtenValues((runtime) => {
        return { backend: sqliteBackend({ database: new DatabaseSync(':memory:'), runtime }) };
      }),
      { numRuns: 150 },
    ),
  MANY_RUNS_MS,
);

for (const leaseMode of ['exclusive', 'available'] as const)
  test(
    `IndexedDB (${leaseMode}): accepted values can be used, and other values are refused with typed errors`,
    () =>
      fc.assert(
        writtenValues((runtime) => openInspected(runtime, leaseMode)),
        { numRuns: 80 },
      ),
    MANY_RUNS_MS,
  );
