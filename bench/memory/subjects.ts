import { AsyncBackendQueue, AsyncChannelQueue } from './async-queues.ts';
import type { MemorySubject } from './backlog-messages.ts';
import { FloorQueue } from './floor-queue.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { SyncBackendQueue, SyncChannelQueue } from './sync-queues.ts';

export type QueueMaker = new (bodies: readonly string[]) => MemoryQueue;

export const QUEUE_MAKERS: Readonly<Record<MemorySubject, QueueMaker>> = {
  floor: FloorQueue,
  'sync backend': SyncBackendQueue,
  SyncEventChannel: SyncChannelQueue,
  'async backend': AsyncBackendQueue,
  EventChannel: AsyncChannelQueue,
};
