// Covers src/schema/async-methods.ts, src/schema/with-schemas.ts
import { memoryBackend, memoryStore } from 'ackline';
import { withSchemas } from 'ackline/schema';
import { testedBackends } from '../backends.ts';
import { runConformance } from '../run-conformance.ts';
import { anything } from '../support/schemas.ts';

const { features } = testedBackends.memory;

runConformance('memory with schemas', {
  features,
  open(runtime) {
    const store = memoryStore({ runtime });
    const orders = { schema: anything, validate: 'delivery' } as const;
    return () => withSchemas(memoryBackend({ store }), { orders });
  },
});

runConformance('broadcast with schemas', {
  features: testedBackends.broadcast.features,
  open(runtime) {
    const openNext = testedBackends.broadcast.open(runtime);
    const orders = { schema: anything, validate: 'delivery' } as const;
    return () => withSchemas(openNext(), { orders });
  },
});
