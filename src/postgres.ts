export type { PostgresState, PostgresStatus } from './backends/postgres/database.ts';
export { type PostgresBackend, postgresBackend } from './backends/postgres/postgres-backend.ts';
export type {
  PgClient,
  PgliteClient,
  PgPool,
  PostgresClient,
  PostgresSql,
  PostgresTransaction,
} from './backends/postgres/postgres-clients.ts';
export type { PostgresBackendOptions } from './backends/postgres/postgres-options.ts';
export { postgresSchema } from './backends/postgres/schema.ts';
