export type { BatchOutcome, BatchSend, BatchSender, BatchSize } from './outbox/batch-sender.ts';
export { batchSender } from './outbox/batch-sender.ts';
export type { Connectivity, Probe } from './outbox/connectivity.ts';
export { platformConnectivity } from './outbox/connectivity.ts';
export type { Outbox } from './outbox/create-outbox.ts';
export { createOutbox } from './outbox/create-outbox.ts';
export type { OutboxState } from './outbox/gate-settings.ts';
export type {
  OpenedOutbox,
  PeriodicSyncOptions,
  SyncEventLike,
  SyncOptions,
} from './outbox/handle-sync.ts';
export { handleSync, requestPeriodicSync, requestSync } from './outbox/handle-sync.ts';
export type { HttpBatchSenderOptions } from './outbox/http-batch-sender.ts';
export { httpBatchSender } from './outbox/http-batch-sender.ts';
export type { ConflictPayload, HttpSenderOptions } from './outbox/http-options.ts';
export { httpSender } from './outbox/http-sender.ts';
export { HttpError } from './outbox/judge-response.ts';
export type { SettledHandlers } from './outbox/on-settled.ts';
export { onSettled } from './outbox/on-settled.ts';
export type { OutboxOptions } from './outbox/outbox-options.ts';
export type { CountsStore, OutboxSnapshot, OutboxView } from './outbox/outbox-store.ts';
export type { ParallelOptions } from './outbox/parallel-sender.ts';
export { parallelSender } from './outbox/parallel-sender.ts';
export type { SettledChannel } from './outbox/record-settled.ts';
export { recordSettled } from './outbox/record-settled.ts';
export type { Sender, SendOutcome } from './outbox/send-outcome.ts';
export type { SettledEvent } from './outbox/settled-event.ts';
export type { UploadProgress, XhrFetchOptions } from './outbox/xhr-fetch.ts';
export { xhrFetch } from './outbox/xhr-fetch.ts';
