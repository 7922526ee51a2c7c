import { check } from '../check.ts';
import { makeBodies } from '../payloads.ts';
import { FloorQueue } from './floor-queue.ts';
import { SyncBackendQueue, SyncChannelQueue } from './sync-queues.ts';

/** Measures one queue once, after a warm-up of the same length, and prints its full cycles per second. */

const BACKLOG = 1_000;
const QUEUES: Readonly<
  Record<string, (bodies: readonly string[]) => FloorQueue | SyncBackendQueue | SyncChannelQueue>
> = {
  floor: (bodies) => new FloorQueue(bodies),
  'sync backend': (bodies) => new SyncBackendQueue(bodies, 'none'),
  SyncEventChannel: (bodies) => new SyncChannelQueue(bodies, 'none'),
};

const [subject = '', cyclesText = ''] = process.argv.slice(2);
const cycles = Number(cyclesText);
const queue = QUEUES[subject]?.(makeBodies());
check(queue !== undefined, 'the subject is known', subject);
queue.fill(0, BACKLOG);
queue.cycle(BACKLOG, BACKLOG + cycles, 0);
const startedAt = performance.now();
queue.cycle(BACKLOG + cycles, BACKLOG + 2 * cycles, cycles);
const elapsedMs = performance.now() - startedAt;
const ready = queue.countReady();
check(ready === BACKLOG, `${BACKLOG} events are left`, ready);
console.log((cycles * 1_000) / elapsedMs);
