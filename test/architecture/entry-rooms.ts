import type { Room } from './room.ts';

/** The entries of the package. */
export const ENTRY_ROOMS: readonly Room[] = [
  {
    path: 'src/index.ts',
    title: 'ackline',
    purpose: 'The entry `ackline`: exports the client, the memory backends, errors and types.',
  },
  {
    path: 'src/indexeddb.ts',
    title: 'ackline/indexeddb',
    purpose: 'The entry `ackline/indexeddb`: exports the backend, its options and its types.',
  },
  {
    path: 'src/broadcast.ts',
    title: 'ackline/broadcast',
    purpose: 'The entry `ackline/broadcast`: exports the backend, its options and its types.',
  },
  {
    path: 'src/flow.ts',
    title: 'ackline/flow',
    purpose: 'The entry `ackline/flow`: exports handlers that pace their listener.',
  },
  {
    path: 'src/inspection.ts',
    title: 'ackline/inspection',
    purpose: 'The entry `ackline/inspection`: exports what reads a backend without leases.',
  },
  {
    path: 'src/inspector.ts',
    title: 'ackline/inspector',
    purpose: 'The entry `ackline/inspector`: exports what defines the element, and its types.',
  },
  {
    path: 'src/outbox.ts',
    title: 'ackline/outbox',
    purpose: 'The entry `ackline/outbox`: exports the outbox and the sender for `fetch`.',
  },
  {
    path: 'src/ingress.ts',
    title: 'ackline/ingress',
    purpose:
      'The entry `ackline/ingress`: exports the fetch handler, its adapter for `node:http`, and their types.',
  },
  {
    path: 'src/cloudevents.ts',
    title: 'ackline/cloudevents',
    purpose: 'The entry `ackline/cloudevents`: exports both ways between events and CloudEvents.',
  },
  {
    path: 'src/forward.ts',
    title: 'ackline/forward',
    purpose: 'The entry `ackline/forward`: exports what moves events between backends.',
  },
  {
    path: 'src/groups.ts',
    title: 'ackline/groups',
    purpose: 'The entry `ackline/groups`: exports what creates, deletes and lists groups.',
  },
  {
    path: 'src/results.ts',
    title: 'ackline/results',
    purpose: 'The entry `ackline/results`: exports what waits for the results of events.',
  },
  {
    path: 'src/schema.ts',
    title: 'ackline/schema',
    purpose: 'The entry `ackline/schema`: exports the schemas for a backend and their error.',
  },
  {
    path: 'src/codec.ts',
    title: 'ackline/codec',
    purpose: 'The entry `ackline/codec`: exports the codec for a backend, and its types.',
  },
  {
    path: 'src/opentelemetry.ts',
    title: 'ackline/opentelemetry',
    purpose: 'The entry `ackline/opentelemetry`: exports the tracing of backends and channels.',
  },
  {
    path: 'src/sqlite.ts',
    title: 'ackline/sqlite',
    purpose: 'The entry `ackline/sqlite`: exports the backends, their options and types.',
  },
  {
    path: 'src/postgres.ts',
    title: 'ackline/postgres',
    purpose: 'The entry `ackline/postgres`: exports the backend, its tables, options and types.',
  },
  {
    path: 'src/nats.ts',
    title: 'ackline/nats',
    purpose: 'The entry `ackline/nats`: exports the backend over JetStream and its types.',
  },
  {
    path: 'src/react.ts',
    title: 'ackline/react',
    purpose: 'The entry `ackline/react`: exports the hooks.',
  },
  {
    path: 'src/vue.ts',
    title: 'ackline/vue',
    purpose: 'The entry `ackline/vue`: exports the composables.',
  },
  {
    path: 'src/testing.ts',
    title: 'ackline/testing',
    purpose:
      'The entry `ackline/testing`: exports the clock, the store with faults, the recording observer and the conformance suite.',
  },
];
