// Covers src/core/plain-copy.ts, src/core/admission.ts
import { memoryBackend, syncMemoryBackend } from 'ackline';
import fc from 'fast-check';
import { test } from 'vitest';
import { asyncOverSync } from './async-over-sync.ts';
import { openInspected } from './backends/indexeddb/open-inspected.ts';
import { MANY_RUNS_MS, writtenValues } from './written-values.ts';

test(
  'memory: keeps what it accepts, and refuses the rest with typed errors',
  () =>
    fc.assert(
      writtenValues((runtime) => ({ backend: memoryBackend({ runtime }) })),
      { numRuns: 150 },
    ),
  MANY_RUNS_MS,
);

test(
  'memory (synchronous): keeps what it accepts, and refuses the rest with typed errors',
  () =>
    fc.assert(
      writtenValues((runtime) => ({ backend: asyncOverSync(syncMemoryBackend({ runtime })) })),
      { numRuns: 150 },
    ),
  MANY_RUNS_MS,
);

for (const leaseMode of ['exclusive', 'available'] as const)
  test(
    `IndexedDB (${leaseMode}): what it writes it can use, and it refuses the rest with typed errors`,
    () =>
      fc.assert(
        writtenValues((runtime) => openInspected(runtime, leaseMode)),
        { numRuns: 80 },
      ),
    MANY_RUNS_MS,
  );
