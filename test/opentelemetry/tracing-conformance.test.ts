// Covers src/opentelemetry/receiving.ts, src/opentelemetry/sending.ts, src/opentelemetry/with-tracing.ts
import type { AsyncEventBackend, SyncEventBackend } from 'ackline';
import { memoryStore, syncMemoryBackend } from 'ackline';
import { withTracing } from 'ackline/opentelemetry';
import type { ManualRuntime } from 'ackline/testing';
import { afterAll, beforeAll } from 'vitest';
import { asyncOverSync } from '../async-over-sync.ts';
import { type OpenNext, testedBackends } from '../backends.ts';
import { runConformance } from '../run-conformance.ts';
import { openTelemetry } from './open-telemetry.ts';

// The suite compares metadata, so no propagator adds fields to them. The spans are real.
let sdk: ReturnType<typeof openTelemetry>;
beforeAll(() => {
  sdk = openTelemetry({ propagates: false });
});
afterAll(() => sdk.end());

function wrapped<B extends AsyncEventBackend | SyncEventBackend>(backend: B): B {
  const { tracer, meter } = sdk;
  return withTracing(backend, { tracer, meter });
}

function traced(open: (runtime: ManualRuntime) => OpenNext) {
  return (runtime: ManualRuntime): OpenNext => {
    const openNext = open(runtime);
    const { partitions } = openNext;
    return Object.assign(
      () => wrapped(openNext()),
      partitions && {
        partitions: { ...partitions, open: (name: string) => wrapped(partitions.open(name)) },
      },
    );
  };
}

for (const name of ['memory', 'IndexedDB', 'broadcast'] as const) {
  const { features, open } = testedBackends[name];
  runConformance(`${name} with tracing`, { features, open: traced(open) });
}

runConformance('memory (synchronous) with tracing', {
  features: testedBackends['memory (synchronous)'].features.filter((one) => one !== 'partitions'),
  open(runtime) {
    const store = memoryStore({ runtime });
    return () => asyncOverSync(wrapped(syncMemoryBackend({ store })));
  },
});
