export type { MemoryBackendOptions, MemoryStoreOptions } from './backends/memory/memory-backend.ts';
export { memoryBackend, memoryStore } from './backends/memory/memory-backend.ts';
export { type MemoryPartitions, memoryPartitions } from './backends/memory/memory-partitions.ts';
export type { MemoryStore } from './backends/memory/memory-store.ts';
export { syncMemoryBackend } from './backends/memory/sync-memory-backend.ts';
export type {
  ClientOptions,
  EventChannelOptions,
  ListenOptions,
  ReceiveOptions,
  RequestOptions,
  SyncEventChannelOptions,
  SyncListenOptions,
} from './core/channel-options.ts';
export type { Target } from './core/delivery/delivered-leases.ts';
export type {
  AsyncEventHandler,
  Delivery,
  SyncDelivery,
  SyncEventHandler,
} from './core/delivery/delivery.ts';
export { EventChannel } from './core/event-channel.ts';
export type { EventChannelVerbs } from './core/event-channel-verbs.ts';
export type { DeadReason, Failure } from './core/events/death-reason.ts';
export type { FinalResult } from './core/events/event-result.ts';
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
} from './core/events/message.ts';
export type {
  Confirmation,
  ConfirmTerms,
  Member,
  Receipt,
  ReceiptOutcome,
} from './core/events/receipts.ts';
export type { IterateOptions } from './core/listening/event-iterator.ts';
export type { Listener, ListenerStatus, StopOptions } from './core/listening/listener.ts';
export type { SyncListener } from './core/listening/sync-listener.ts';
export type {
  DeadLettersOptions,
  LetterSelection,
  PurgeOptions,
  PurgeProgress,
  RedriveOptions,
  RedriveProgress,
} from './core/options/dead-letter-options.ts';
export type { ChannelSettings } from './core/options/options.ts';
export type { GroupOptions } from './core/options/queue-name.ts';
export type { RetryNowOptions } from './core/options/retry-now-options.ts';
export type {
  AnySchema,
  ChannelOf,
  DraftOf,
  PublishArguments,
  ReplyOf,
  RequestArguments,
  TypedBackend,
} from './core/options/schema.ts';
export type { AckOptions, NackOptions, RejectOptions } from './core/options/settling-arguments.ts';
export type { Capabilities, Capability } from './core/protocols/capability.ts';
export type {
  CreateGroupOptions,
  GroupVerbs,
  SyncGroupVerbs,
} from './core/protocols/group-types.ts';
export type {
  AsyncEventBackend,
  BackendDescription,
  ConfirmDraft,
  DequeueOptions,
  SyncEventBackend,
} from './core/protocols/protocols.ts';
export { isAsyncEventBackend, isSyncEventBackend } from './core/protocols/protocols.ts';
export type { AcklineErrorCode, AcklineErrorDetails } from './core/reports/errors.ts';
export { AcklineError, QuotaError, RejectError, RetryError } from './core/reports/errors.ts';
export type { Observer, ObserverEvent } from './core/reports/observer.ts';
export type { PlatformAbortSignal } from './core/runtime/platform-types.ts';
export type { Runtime, Stop } from './core/runtime/runtime.ts';
export { systemRuntime } from './core/runtime/system-runtime.ts';
export { SyncEventChannel } from './core/sync-event-channel.ts';
export type { Isolation } from './queue/isolation.ts';
