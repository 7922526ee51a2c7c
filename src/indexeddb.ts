export {
  allFeatures,
  cancelFeature,
  dependenciesFeature,
  groupsFeature,
  maxBacklogFeature,
  redriveFeature,
  replaceFeature,
} from './backends/indexeddb/all-features.ts';
export type { IndexedDbBackendOptions } from './backends/indexeddb/backend-options.ts';
export type { BackendStatus, StorageState } from './backends/indexeddb/database/backend-status.ts';
export type { LeaseMode } from './backends/indexeddb/database/lease-mode.ts';
export {
  requestPersistence,
  type StorageRoomSource,
} from './backends/indexeddb/database/storage-estimate.ts';
export type { IndexedDbFeature } from './backends/indexeddb/feature-value.ts';
export { type IndexedDbBackend, indexedDbBackend } from './backends/indexeddb/indexeddb-backend.ts';
export { memoryFallback, type StorageFallback } from './backends/indexeddb/memory-fallback.ts';
export {
  type PurgePartitionOptions,
  partitions,
  purgePartition,
} from './backends/indexeddb/partitions.ts';
export type { QuarantinedRow } from './backends/indexeddb/schema/quarantined-row.ts';
export type { Durability } from './core/events/message.ts';
export type { Locks } from './platform/locks.ts';
