import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

// happy-dom has no IndexedDB: memory, asynchronous and synchronous, is what a page's unit tests use there.
for (const backendName of ['memory', 'memory (synchronous)'] as const)
  runConformance(backendName, testedBackends[backendName]);
