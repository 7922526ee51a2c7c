export { type BroadcastBackend, broadcastBackend } from './backends/broadcast/broadcast-backend.ts';
export type { BroadcastBackendOptions } from './backends/broadcast/broadcast-options.ts';
export type { QueryableLocks } from './backends/broadcast/members/lock-roster.ts';
export type { Wire } from './backends/broadcast/wire/message-wire.ts';
export type {
  Confirmation,
  ConfirmTerms,
  Member,
  Receipt,
  ReceiptOutcome,
} from './core/events/receipts.ts';
