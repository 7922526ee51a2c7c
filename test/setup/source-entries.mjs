import { registerHooks } from 'node:module';

/** @type {Readonly<Record<string, string>>} */
const SOURCES = {
  ackline: '../../src/index.ts',
  'ackline/broadcast': '../../src/broadcast.ts',
  'ackline/cloudevents': '../../src/cloudevents.ts',
  'ackline/codec': '../../src/codec.ts',
  'ackline/flow': '../../src/flow.ts',
  'ackline/forward': '../../src/forward.ts',
  'ackline/groups': '../../src/groups.ts',
  'ackline/indexeddb': '../../src/indexeddb.ts',
  'ackline/ingress': '../../src/ingress.ts',
  'ackline/outbox': '../../src/outbox.ts',
  'ackline/inspection': '../../src/inspection.ts',
  'ackline/results': '../../src/results.ts',
  'ackline/schema': '../../src/schema.ts',
  'ackline/sqlite': '../../src/sqlite.ts',
  'ackline/testing': '../../src/testing.ts',
};

// The package name would resolve to dist, which may be older than the source.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = SOURCES[specifier];
    if (source === undefined) return nextResolve(specifier, context);
    return { url: new URL(source, import.meta.url).href, shortCircuit: true };
  },
});
