export { useDeadLetters } from './react/use-dead-letters.ts';
export { useListener } from './react/use-listener.ts';
export { useMembers } from './react/use-members.ts';
export { useOutbox } from './react/use-outbox.ts';
export { useStats } from './react/use-stats.ts';
export { useStatus } from './react/use-status.ts';
export type { MembersSnapshot } from './stores/members-store.ts';
