import { createGroup } from '../../src/groups.ts';
import { EventChannel, memoryBackend } from '../../src/index.ts';
import { check, Tally } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';

/** Measures deliveries to some groups once, after a warm-up of the same length, and prints the deliveries per second. */

const [groupsText = '', deliveriesText = ''] = process.argv.slice(2);
const bodies = makeBodies();

async function measure(groupCount: number, deliveries: number): Promise<number> {
  const events = new EventChannel({ backend: memoryBackend() });
  const groups = Array.from({ length: groupCount }, (_, index) => `group-${index}`);
  for (const group of groups) await createGroup(events, 'work', group, { plainQueue: false });
  const queues = groupCount === 0 ? [undefined] : groups;
  const count = Math.floor(deliveries / queues.length);
  const payloads = Array.from({ length: count }, (_, sequence) => payloadOf(sequence, bodies));
  const tallies = queues.map(() => new Tally(count));
  const startedAt = performance.now();
  for (const [index, group] of queues.entries())
    events.listen<string>(
      'work',
      async ({ payload }) => tallies[index]?.add((payload as { sequence: number }).sequence),
      { group, concurrency: 100 },
    );
  await Promise.all(payloads.map((payload) => events.publish('work', payload)));
  await events.drain();
  const elapsedMs = performance.now() - startedAt;
  for (const tally of tallies)
    check(
      tally.isComplete && tally.doubles === 0,
      'each group handles each event once',
      tally.count,
    );
  await events.shutdown();
  return ((count * queues.length) / elapsedMs) * 1_000;
}

const groupCount = Number(groupsText);
await measure(groupCount, Number(deliveriesText));
console.log(await measure(groupCount, Number(deliveriesText)));
