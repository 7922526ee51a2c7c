// Covers src/testing/conformance/*.ts

import { testedSqlite } from './backends/sqlite/tested-sqlite.ts';
import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

for (const [backendName, backend] of Object.entries({ ...testedBackends, ...testedSqlite }))
  runConformance(backendName, backend);
