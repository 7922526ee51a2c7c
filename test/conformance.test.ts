// Covers src/testing/conformance/*.ts
import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

for (const [backendName, backend] of Object.entries(testedBackends))
  runConformance(backendName, backend);
