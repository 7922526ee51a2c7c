import './vue/channels-in-refs.ts';

export type { BackendStatus } from './backends/indexeddb/database/backend-status.ts';
export type { DeadLettersSnapshot } from './inspection/watch-dead-letters.ts';
export type { StatsSnapshot } from './inspection/watch-stats.ts';
export type { OutboxSnapshot } from './outbox/outbox-store.ts';
export type { MembersSnapshot } from './stores/members-store.ts';
export type { Given } from './vue/given.ts';
export { useDeadLetters } from './vue/use-dead-letters.ts';
export { useListener } from './vue/use-listener.ts';
export { useMembers } from './vue/use-members.ts';
export { useOutbox } from './vue/use-outbox.ts';
export { useStats } from './vue/use-stats.ts';
export { useStatus } from './vue/use-status.ts';
