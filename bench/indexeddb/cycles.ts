import { check, Tally } from '../check.ts';
import { type BenchPayload, makeBodies, payloadOf } from '../payloads.ts';
import type { CycleQueue } from './cycle-queue.ts';

export interface CycleTerms {
  readonly events: number;
  /** The number of concurrent publishes, and the concurrency of the listener. */
  readonly inFlight: number;
  /** Events in one call of publish: 1, or all that are in flight. */
  readonly batch: number;
}

const TIMEOUT_MS = 120_000;

/** Runs events through publish, claim, handler and acknowledgement. Returns full cycles per second. */
export async function driveCycles(queue: CycleQueue, terms: CycleTerms): Promise<number> {
  const { events, inFlight } = terms;
  const bodies = makeBodies();
  const payloads = Array.from({ length: events }, (_, sequence) => payloadOf(sequence, bodies));
  const handled = handledAll(events);
  const startedAt = performance.now();
  const consumer = queue.consume(inFlight, handled.handle);
  await publishAll(queue, payloads, terms);
  await handled.done;
  await consumer.stop();
  const elapsedMs = performance.now() - startedAt;
  check(handled.tally.isComplete, `all ${events} events are handled`, handled.tally.count);
  check(handled.tally.doubles === 0, 'each event is handled once', handled.tally.doubles);
  const left = await queue.countLeft();
  check(left === 0, 'nothing is left', left);
  return (events * 1_000) / elapsedMs;
}

async function publishAll(
  queue: CycleQueue,
  payloads: readonly BenchPayload[],
  { inFlight, batch }: CycleTerms,
): Promise<void> {
  let next = 0;
  const publishInTurn = async () => {
    while (next < payloads.length) {
      const from = next;
      next += batch;
      await queue.publish(payloads.slice(from, from + batch));
    }
  };
  await Promise.all(Array.from({ length: inFlight / batch }, publishInTurn));
}

function handledAll(events: number) {
  const tally = new Tally(events);
  let handle: (payload: BenchPayload) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`only ${tally.count} of ${events} events were handled in time`)),
      TIMEOUT_MS,
    );
    handle = ({ sequence }) => {
      tally.add(sequence);
      if (!tally.isComplete) return;
      clearTimeout(timer);
      resolve();
    };
  });
  return { tally, handle, done };
}
