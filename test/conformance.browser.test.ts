import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

for (const backendName of ['memory', 'IndexedDB', 'broadcast'] as const)
  runConformance(backendName, testedBackends[backendName]);
