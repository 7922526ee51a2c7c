import { check, Tally } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import { CYCLE_RUNNERS, type RunCycles } from './cycle-queues.ts';

/** Measures one queue once, after a warm-up of the same length, and prints its full cycles per second. */

const [subject = '', eventsText = ''] = process.argv.slice(2);
const bodies = makeBodies();

async function measure(run: RunCycles, events: number): Promise<number> {
  const payloads = Array.from({ length: events }, (_, sequence) => payloadOf(sequence, bodies));
  const tally = new Tally(events);
  const startedAt = performance.now();
  await run(payloads, async ({ sequence }) => tally.add(sequence));
  const elapsedMs = performance.now() - startedAt;
  check(tally.isComplete && tally.doubles === 0, 'each event is handled once', tally.count);
  return (events / elapsedMs) * 1_000;
}

const run = CYCLE_RUNNERS[subject];
check(run !== undefined, 'the subject is known', subject);
await measure(run, Number(eventsText));
console.log(await measure(run, Number(eventsText)));
