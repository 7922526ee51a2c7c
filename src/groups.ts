export type {
  CreateGroupOptions,
  GroupVerbs,
  SyncGroupVerbs,
} from './core/protocols/group-types.ts';
export type { GroupOwner, SyncGroupOwner } from './groups/group-calls.ts';
export { createGroup, deleteGroup, groups } from './groups/group-calls.ts';
export type { GroupStats } from './groups/group-stats.ts';
export { groupStats } from './groups/group-stats.ts';
