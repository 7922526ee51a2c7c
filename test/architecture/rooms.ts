import { ENTRY_ROOMS } from './entry-rooms.ts';
import type { Room } from './room.ts';

/** The pictures, from the whole to its parts. */
export type Picture = {
  /** Of the marked block in docs/architecture.md. */
  readonly name: string;
  /** What is drawn. Files outside are left out. */
  readonly folder: string;
};

export const PICTURES: readonly Picture[] = [
  { name: 'rooms', folder: 'src' },
  { name: 'rooms-core', folder: 'src/core' },
  { name: 'rooms-indexeddb', folder: 'src/backends/indexeddb' },
  { name: 'rooms-broadcast', folder: 'src/backends/broadcast' },
];

/** A file belongs to the room with the longest path that it starts with. */
export const ROOMS: readonly Room[] = [
  ...ENTRY_ROOMS,
  {
    path: 'src/core',
    purpose:
      'The client: the channels and what they do with a backend. They connect the rooms below.',
  },
  {
    path: 'src/core/runtime',
    purpose: 'Time, chance and ids, promises, aborts, and the few types of the platform.',
  },
  {
    path: 'src/core/events',
    purpose: 'The event, the rules of its life, its result, and the copy of its payload.',
  },
  {
    path: 'src/core/options',
    purpose: 'Each option: its shape, its default, and the error for a wrong value.',
  },
  {
    path: 'src/core/reports',
    purpose: 'What is reported: the typed errors, and the observer.',
  },
  {
    path: 'src/core/protocols',
    purpose: 'The backend protocol, and what decorators of a backend share.',
  },
  {
    path: 'src/core/delivery',
    purpose: 'A delivery and how it is settled.',
  },
  {
    path: 'src/core/listening',
    purpose: 'Listeners and iterators: when they claim, how handlers run, what a failure does.',
  },
  {
    path: 'src/flow',
    purpose: 'Batches and rates: handlers that decide when their listener claims.',
  },
  {
    path: 'src/inspection',
    purpose: 'Lists and counts what a backend stores, without leases.',
  },
  {
    path: 'src/inspector',
    purpose:
      'The element that shows what waits, is leased and is dead, and puts back or deletes it.',
  },
  {
    path: 'src/outbox',
    purpose:
      'Sends the events of a channel to a server: the gate that decides when, the outcomes, the sender for `fetch`.',
  },
  {
    path: 'src/ingress',
    purpose:
      'Stores the events of requests: reads a request, publishes by id, answers in a form that the sender understands.',
  },
  {
    path: 'src/cloudevents',
    purpose: 'CloudEvents 1.0: what is sent of an event, and what is read of a CloudEvent.',
  },
  {
    path: 'src/forward',
    purpose: 'Moves the events of a channel from one backend to another: an outbox that publishes.',
  },
  {
    path: 'src/groups',
    purpose: 'Creates, deletes and lists the groups of a channel.',
  },
  {
    path: 'src/results',
    purpose: 'Waits for the results of events, and reads them.',
  },
  {
    path: 'src/schema',
    purpose: 'Schemas: a backend whose payloads are checked when they are published and delivered.',
  },
  {
    path: 'src/codec',
    purpose: 'Codecs: a backend that stores encoded events, and decodes them at delivery.',
  },
  {
    path: 'src/stores',
    purpose:
      'What frameworks show: one store for each channel and kind, shared by all components, and what is shown on a server.',
  },
  { path: 'src/react', purpose: 'Hooks of React over the stores, and one that listens.' },
  { path: 'src/vue', purpose: 'Composables of Vue over the stores, and one that listens.' },
  {
    path: 'src/opentelemetry',
    purpose:
      'Spans and metrics by the conventions of OpenTelemetry: a backend and a channel that report what they do.',
  },
  {
    path: 'src/platform',
    purpose: 'Web Locks, BroadcastChannel and the page lifecycle, for the backends that need them.',
  },
  {
    path: 'src/queue',
    purpose:
      'The queue backend, written once over the two ports `EventStore` and `Notifier`: waiting, waking, group commit and the lease ledger.',
  },
  { path: 'src/backends/memory', purpose: 'The store in memory, which is the reference.' },
  {
    path: 'src/backends/indexeddb',
    purpose: 'The backend and its store: they connect the rooms below.',
  },
  {
    path: 'src/backends/indexeddb/schema',
    purpose: 'The stores of the database, the shape of each row, and the check of each row.',
  },
  {
    path: 'src/backends/indexeddb/database',
    purpose:
      'The connection, its transactions, the quota reserve, and what the page lifecycle does to them.',
  },
  {
    path: 'src/backends/indexeddb/liveness',
    purpose: 'The owner lock: it shows which contexts are alive.',
  },
  {
    path: 'src/backends/indexeddb/scanning',
    purpose:
      'Reads what is due and who holds what: scans, snapshots, the claim table, and the quarantine of unusable rows.',
  },
  {
    path: 'src/backends/indexeddb/hints',
    purpose:
      'Hints between contexts, the idle leader that acts on them, and the timer of all waits.',
  },
  {
    path: 'src/backends/indexeddb/claims',
    purpose:
      'The claims that a context holds: settling, extending, takeover, and what is done when the clock was set back.',
  },
  {
    path: 'src/backends/indexeddb/claiming',
    purpose:
      'Chooses events and claims them: the queue cache, the claim lock, and the commit of a claim.',
  },
  {
    path: 'src/backends/indexeddb/publishing',
    purpose: 'Stores what is published, one segment for each commit and channel.',
  },
  {
    path: 'src/backends/indexeddb/cleanup',
    purpose: 'Deletes what is no longer needed: spent segments, guard rows, surplus dead letters.',
  },
  {
    path: 'src/backends/indexeddb/inspection',
    purpose: 'Counts and lists events without leasing them.',
  },
  { path: 'src/backends/sqlite', purpose: 'The backends over SQLite, and their store.' },
  { path: 'src/backends/postgres', purpose: 'The backend over PostgreSQL, and its store.' },
  { path: 'src/backends/nats', purpose: 'The backend over NATS JetStream, and its store.' },
  {
    path: 'src/backends/indexeddb/groups',
    purpose:
      'Groups of a channel: the names of their queues, the copies that they get, how they begin and end.',
  },
  {
    path: 'src/backends/broadcast',
    purpose: 'The backend and the store behind it: they connect the rooms below.',
  },
  {
    path: 'src/backends/broadcast/wire',
    purpose:
      'The messages, the check of each message that arrives, and the BroadcastChannel that carries them.',
  },
  {
    path: 'src/backends/broadcast/members',
    purpose: 'Which contexts are members of a channel: by Web Locks, or by heartbeats.',
  },
  {
    path: 'src/backends/broadcast/sending',
    purpose: 'Numbers and sends events, keeps them for later repairs, and collects receipts.',
  },
  {
    path: 'src/backends/broadcast/receiving',
    purpose: 'Puts events in order, repairs gaps, keeps the local copies, and sends receipts.',
  },
  {
    path: 'src/testing',
    purpose: 'A clock for tests, a store that fails on demand, an observer that records.',
  },
  {
    path: 'src/testing/history',
    purpose: 'What contexts did, and the checker that compares it with what the library promises.',
  },
  {
    path: 'src/testing/conformance',
    purpose: 'The conformance suite: cases as data, one operation a file.',
  },
];
