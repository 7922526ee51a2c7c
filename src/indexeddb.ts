export type { IndexedDbBackendOptions } from './backends/indexeddb/backend-options.ts';
export type { BackendStatus, StorageState } from './backends/indexeddb/backend-status.ts';
export { type IndexedDbBackend, indexedDbBackend } from './backends/indexeddb/indexeddb-backend.ts';
export type { LeaseMode } from './backends/indexeddb/lease-mode.ts';
export type { QuarantinedRow } from './backends/indexeddb/quarantined-row.ts';
export { requestPersistence, type StorageRoomSource } from './backends/indexeddb/storage-room.ts';
export type { Durability } from './core/message.ts';
export type { Locks } from './platform/locks.ts';
