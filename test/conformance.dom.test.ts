import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

// happy-dom has no IndexedDB, so unit tests of a page use the memory backends there.
for (const backendName of ['memory', 'memory (synchronous)'] as const)
  runConformance(backendName, testedBackends[backendName]);
