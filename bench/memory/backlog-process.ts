import { check } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import type { BacklogReport, BacklogRequest, MemorySubject } from './backlog-messages.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { QUEUE_MAKERS } from './subjects.ts';

/** Keeps one queue at one backlog, and measures a round on request. */

const [subject = '', backlogText = ''] = process.argv.slice(2);
const backlog = Number(backlogText);
const bodies = makeBodies();

function heapBytes(): number {
  // Twice, because the second collection may free objects that the first had to keep.
  global.gc?.();
  global.gc?.();
  return process.memoryUsage().heapUsed;
}

/** The memory of the payload copies alone, for queues that keep copies. A copy shares its strings with the original. */
function payloadBytes(): number {
  const before = heapBytes();
  const kept = Array.from({ length: 20_000 }, (_, sequence) => ({
    ...payloadOf(sequence, bodies),
  }));
  return (heapBytes() - before) / kept.length;
}

async function measureCycles(queue: MemoryQueue, oldest: number, cycles: number): Promise<number> {
  const from = oldest + backlog;
  const startedAt = performance.now();
  await queue.cycle(from, from + cycles, oldest);
  const elapsedMs = performance.now() - startedAt;
  const ready = await queue.countReady();
  check(ready === backlog, `${backlog} events are left`, ready);
  return (elapsedMs * 1_000) / cycles;
}

async function serve(): Promise<void> {
  const Queue = QUEUE_MAKERS[subject as MemorySubject];
  check(Queue !== undefined, 'the subject is known', subject);
  const perPayload = payloadBytes();
  const before = heapBytes();
  const queue = new Queue(bodies);
  await queue.fill(0, backlog);
  report({ type: 'filled', perEvent: (heapBytes() - before) / backlog, perPayload });
  let oldest = 0;
  process.on('message', ({ cycles }: BacklogRequest) => {
    measureCycles(queue, oldest, cycles).then(
      (microseconds) => report({ type: 'measured', microseconds }),
      (error: unknown) => report({ type: 'failed', reason: String(error) }),
    );
    oldest += cycles;
  });
}

function report(message: BacklogReport): void {
  process.send?.(message);
}

serve().catch((error: unknown) => report({ type: 'failed', reason: String(error) }));
