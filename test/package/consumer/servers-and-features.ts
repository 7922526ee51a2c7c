// Like channels.ts, for engines on disk and on other machines, and for features that are entries of their own.
import { EventChannel, memoryBackend, memoryStore, syncMemoryBackend } from 'ackline';
import { withCodec } from 'ackline/codec';
import { createGroup, deleteGroup, groupStats, groups } from 'ackline/groups';
import { type NatsConnection, natsBackend } from 'ackline/nats';
import { type PostgresClient, postgresBackend, postgresSchema } from 'ackline/postgres';
import { publishAndWait, resultOf, waitFor } from 'ackline/results';
import { type StandardSchema, withSchemas } from 'ackline/schema';
import { type SqliteDatabase, sqliteBackend, syncSqliteBackend } from 'ackline/sqlite';

declare const connection: NatsConnection;
declare const sql: PostgresClient;
declare const database: SqliteDatabase;
declare const schema: StandardSchema<string, number>;

export const overNats = natsBackend({ connection, replicas: 3, leaseMs: 10_000 });
export const natsStatus = () => overNats.status().state;
export const overPostgres = postgresBackend({ sql, table: 'app.queue' });
export const tables = postgresSchema({ table: 'app.queue' });
export const overSqlite = sqliteBackend({ database });
export const overSqliteSync = syncSqliteBackend({ database });
export const servers = [overNats, overPostgres, overSqlite].map(
  (backend) => new EventChannel<{ placed: number }>({ backend }),
);
export const published = new EventChannel<{ placed: number }>({ backend: overPostgres });
export const inTransaction = (tx: PostgresClient) =>
  published.publish('placed', 1, null, { sql: tx, id: 'order-1' });

export const validated = withSchemas(memoryBackend(), { placed: schema });
export const events = new EventChannel({ backend: validated });
export const placed = () => events.dequeue('placed').then((delivery) => delivery?.payload);
export const encoded = withCodec(memoryBackend({ store: memoryStore() }), {
  encode: async (value) => JSON.stringify(value),
  decode: async (stored) => JSON.parse(String(stored)) as unknown,
});
export const encodedSync = withCodec(syncMemoryBackend(), {
  encode: (value) => JSON.stringify(value),
  decode: (stored) => JSON.parse(String(stored)) as unknown,
});

export const join = () => createGroup(events, 'placed', 'mail');
export const leave = () => deleteGroup(events, 'placed', 'mail');
export const list = () => [groups(events, 'placed'), groupStats(events, 'placed')];
export const wait = () => publishAndWait(events, 'placed', '1', null, { timeoutMs: 100 });
export const results = () => [resultOf(events, 'placed', 'a'), waitFor(events, 'placed', 'a')];
