export type { MemoryBackendOptions, MemoryStoreOptions } from './backends/memory/memory-backend.ts';
export { memoryBackend, memoryStore } from './backends/memory/memory-backend.ts';
export { type MemoryPartitions, memoryPartitions } from './backends/memory/memory-partitions.ts';
export type { MemoryStore } from './backends/memory/memory-store.ts';
export { syncMemoryBackend } from './backends/memory/sync-memory-backend.ts';
export type { Capabilities, Capability } from './core/capability.ts';
export type {
  ClientOptions,
  EventChannelOptions,
  ListenOptions,
  ReceiveOptions,
  RequestOptions,
  SyncEventChannelOptions,
  SyncListenOptions,
} from './core/channel-options.ts';
export type {
  DeadLettersOptions,
  LetterSelection,
  PurgeOptions,
  PurgeProgress,
  RedriveOptions,
  RedriveProgress,
} from './core/dead-letter-options.ts';
export type { DeadReason, Failure } from './core/death-reason.ts';
export type { Target } from './core/delivered-leases.ts';
export type {
  AsyncEventHandler,
  Delivery,
  SyncDelivery,
  SyncEventHandler,
} from './core/delivery.ts';
export type { AcklineErrorCode, AcklineErrorDetails } from './core/errors.ts';
export { AcklineError, QuotaError, RejectError, RetryError } from './core/errors.ts';
export { EventChannel } from './core/event-channel.ts';
export type { EventChannelVerbs } from './core/event-channel-verbs.ts';
export type { IterateOptions } from './core/event-iterator.ts';
export type { FinalResult } from './core/event-result.ts';
export type { CreateGroupOptions, GroupVerbs, SyncGroupVerbs } from './core/group-types.ts';
export type { Listener, ListenerStatus, StopOptions } from './core/listener.ts';
export type {
  ChannelStats,
  DeadLetter,
  Durability,
  EventDraft,
  EventMessage,
  Lease,
  Metadata,
  OnDeadLetter,
  PublishOptions,
  Redriven,
  Settlement,
  StorageEstimateBytes,
} from './core/message.ts';
export type { Observer, ObserverEvent } from './core/observer.ts';
export type { ChannelSettings } from './core/options.ts';
export type { PlatformAbortSignal } from './core/platform-types.ts';
export type {
  AsyncEventBackend,
  BackendDescription,
  ConfirmDraft,
  DequeueOptions,
  SyncEventBackend,
} from './core/protocols.ts';
export { isAsyncEventBackend, isSyncEventBackend } from './core/protocols.ts';
export type { GroupOptions } from './core/queue-name.ts';
export type {
  Confirmation,
  ConfirmTerms,
  Member,
  Receipt,
  ReceiptOutcome,
} from './core/receipts.ts';
export type { RetryNowOptions } from './core/retry-now-options.ts';
export type { Runtime, Stop } from './core/runtime.ts';
export type {
  AnySchema,
  ChannelOf,
  DraftOf,
  PublishArguments,
  ReplyOf,
  RequestArguments,
  TypedBackend,
} from './core/schema.ts';
export type { AckOptions, NackOptions, RejectOptions } from './core/settling-arguments.ts';
export { SyncEventChannel } from './core/sync-event-channel.ts';
export type { SyncListener } from './core/sync-listener.ts';
export { systemRuntime } from './core/system-runtime.ts';
export type { Isolation } from './queue/isolation.ts';
