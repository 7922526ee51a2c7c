import { DatabaseSync } from 'node:sqlite';
import { memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import { natsBackend } from 'ackline/nats';
import { postgresBackend } from 'ackline/postgres';
import { sqliteBackend } from 'ackline/sqlite';
import type { Requirement } from 'ackline/testing';
import pg from 'pg';
import type { Capabilities } from '../../src/core/protocols/capability.ts';
import { testedNats } from '../backends/nats/tested-nats.ts';
import { POSTGRES } from '../backends/postgres/postgres-features.ts';
import { testedSqlite } from '../backends/sqlite/tested-sqlite.ts';
import { testedBackends } from '../backends.ts';

/** A column of the tables. */
export interface Subject {
  readonly title: string;
  /** The document of the backend, from `docs/`. */
  readonly document: string;
  readonly capabilities: Capabilities;
  /** The requirements with which the conformance suite runs over it. */
  readonly features: readonly Requirement[];
  /** Declared capabilities that the suite cannot test with its clock, because a server times them. Tests of the backend do so. */
  readonly testedApart?: readonly Requirement[];
  readonly facts: Facts;
}

/** The questions of the first table, in its order. */
export const QUESTIONS = {
  place: 'where events are',
  shared: 'who shares them',
  loss: 'what loses a published event',
  winner: 'who decides which consumer gets an event',
  fence: 'a settlement that comes too late',
  death: 'when a consumer dies',
  order: 'order of the events',
} as const;

export type Facts = Readonly<Record<keyof typeof QUESTIONS, string>>;

const COMMIT_ORDER = 'commit order';

const memory: Facts = {
  place: 'memory of one thread',
  shared: 'the code of that thread',
  loss: 'the end of the page or process',
  winner: 'the store, synchronously',
  fence: 'answers `stale`',
  death: 'everything dies with it',
  order: COMMIT_ORDER,
};

const indexedDb: Facts = {
  place: 'a database of the browser',
  shared: 'tabs and workers of one origin',
  loss: 'deleted site data; with `relaxed` durability a power cut, for the last commits',
  winner: 'the database: one row for each claim',
  fence: 'answers `stale`, decided in the database',
  death: 'its events go to another context at once; without Web Locks when the lease expires',
  order: COMMIT_ORDER,
};

const broadcast: Facts = {
  place: 'memory of each member',
  shared: 'tabs and workers of one origin; threads of one Node process',
  loss: 'no member, or the end of the member that has the copy',
  winner: 'each member has its own copy',
  fence: 'answers `stale`',
  death: 'its copies die with it; the publisher gets the receipt `vanished`',
  order: 'the order of each publisher',
};

const sqlite: Facts = {
  place: 'a file',
  shared: 'processes of one machine',
  loss: 'the loss of the file; with `relaxed` durability a power cut, for the last commits',
  winner: 'the database: one transaction for each claim',
  fence: 'answers `stale`, decided in the database',
  death: 'its events are delivered again when the lease expires',
  order: COMMIT_ORDER,
};

const postgres: Facts = {
  place: 'a table of a PostgreSQL server',
  shared: 'processes of any number of machines, and programs in Python that use sqlspec',
  loss: 'the loss of the server; with `synchronous_commit = off` its crash, for the last commits',
  winner: 'the server: one statement for each claim',
  fence: 'answers `stale`, decided by the server',
  death: 'its events are delivered again when the lease expires',
  order: 'commit order, as far as the clocks of the machines agree to a second',
};

const nats: Facts = {
  place: 'streams of NATS servers',
  shared: 'programs and pages on any machine',
  loss: 'the loss of the servers that keep it: one with `replicas` 1, two with 3',
  winner: 'the leader of the consumer on the servers',
  fence:
    'answers `stale`, decided by the clock of its context; one that is on the way for longer than `marginMs` is not fenced',
  death: 'its events are delivered again when the lease expires',
  order: 'commit order; returned events in the order of their return',
};

/** Describes the backend. Nothing is called. */
const noConnection = { request: () => undefined, status: () => undefined };

export const subjects: readonly Subject[] = [
  {
    title: 'memory',
    document: 'testing.md',
    capabilities: memoryBackend().capabilities ?? {},
    features: testedBackends.memory.features,
    facts: memory,
  },
  {
    title: 'IndexedDB',
    document: 'indexeddb.md',
    capabilities:
      indexedDbBackend({ features: allFeatures, database: 'guarantees' }).capabilities ?? {},
    features: testedBackends.IndexedDB.features,
    facts: indexedDb,
  },
  {
    title: 'broadcast',
    document: 'broadcast.md',
    capabilities: broadcastBackend({ name: 'guarantees' }).capabilities ?? {},
    features: testedBackends.broadcast.features,
    facts: broadcast,
  },
  {
    title: 'SQLite',
    document: 'sqlite.md',
    capabilities: sqliteBackend({ database: new DatabaseSync(':memory:') }).capabilities ?? {},
    features: testedSqlite['SQLite']?.features ?? [],
    facts: sqlite,
  },
  {
    title: 'PostgreSQL',
    document: 'postgres.md',
    capabilities: postgresBackend({ sql: new pg.Pool() }).capabilities ?? {},
    features: POSTGRES,
    facts: postgres,
  },
  {
    title: 'NATS',
    document: 'nats.md',
    capabilities: natsBackend({ connection: noConnection as never }).capabilities ?? {},
    features: testedNats(() => []).features,
    testedApart: ['delayMs', 'availableAt', 'ttlMs'],
    facts: nats,
  },
];
