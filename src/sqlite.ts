export { sqliteBackend } from './backends/sqlite/sqlite-backend.ts';
export type {
  SqliteDatabase,
  SqliteStatement,
  SqliteValue,
} from './backends/sqlite/sqlite-handle.ts';
export type {
  SqliteBackendOptions,
  SyncSqliteBackendOptions,
} from './backends/sqlite/sqlite-options.ts';
export { syncSqliteBackend } from './backends/sqlite/sync-sqlite-backend.ts';
