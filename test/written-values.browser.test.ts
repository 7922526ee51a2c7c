// Covers src/core/events/plain-copy.ts, src/core/admission.ts
import fc from 'fast-check';
import { test } from 'vitest';
import { openInspected } from './backends/indexeddb/open-inspected.ts';
import { MANY_RUNS_MS, writtenValues } from './written-values.ts';

test(
  'IndexedDB: accepted values can be used, and other values are refused with typed errors',
  () =>
    fc.assert(
      writtenValues((runtime) => openInspected(runtime, 'available')),
      { numRuns: 20 },
    ),
  MANY_RUNS_MS,
);
