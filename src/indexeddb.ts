export type { IndexedDbBackendOptions } from './backends/indexeddb/indexeddb-backend.ts';
export { indexedDbBackend } from './backends/indexeddb/indexeddb-backend.ts';
export type { Durability } from './backends/indexeddb/transact.ts';
