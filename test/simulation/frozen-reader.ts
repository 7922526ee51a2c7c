import { type OriginClient, SimulatedOrigin } from './simulated-origin.ts';

const CHANNEL = 'a';
/** After this time a claim says which claims have ended, so that their guard rows may be deleted. */
const MARKED_EVERY_MS = 61_000;
/** The reader is frozen at one of its first transactions. */
const MOST_BEGINS = 5;
const ROUNDS = 3;

/**
 * A context freezes between its scan and its decision. Another one claims and acknowledges everything, and its clock jumps, so that
 * guard rows may be deleted early. Resolves with what was wrong: the reader must not get what was acknowledged.
 */
export async function simulateFrozenReader(seed: number): Promise<readonly string[]> {
  const faults: string[] = [];
  for (let begin = 1; begin <= MOST_BEGINS; begin += 1) {
    const origin = new SimulatedOrigin(seed, 'indexeddb');
    const stuck = await origin.run(playFrozenReader(origin, begin, faults));
    if (stuck !== undefined) faults.push(stuck);
  }
  return faults;
}

/** The reader freezes at its transaction number `begin`. */
async function playFrozenReader(
  origin: SimulatedOrigin,
  begin: number,
  faults: string[],
): Promise<void> {
  const reader = await origin.open('reader');
  const worker = await origin.open('worker');
  await origin.in(worker.context, () => worker.events.publish(CHANNEL, 'first'));
  if (origin.world.random.chance(0.5)) await dequeue(origin, reader, 'b');
  freezeAtBegin(origin, reader, begin);
  let isRead = false;
  const reading = dequeue(origin, reader, CHANNEL).finally(() => {
    isRead = true;
  });
  await origin.sleep(100);
  const acknowledged = new Set<string>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const { eventId, lease } of await dequeue(origin, worker, CHANNEL)) {
      const answer = await origin.in(worker.context, () => worker.backend.ack(eventId, lease));
      if (answer === 'ok') acknowledged.add(eventId);
    }
    worker.context.clockOffsetMs += MARKED_EVERY_MS;
    await origin.in(worker.context, () => worker.events.publish(CHANNEL, `round ${round}`));
    await origin.sleep(500);
  }
  const wasRead = isRead;
  reader.context.thaw();
  for (const { eventId, payload } of await reading)
    if (!wasRead && acknowledged.has(eventId))
      faults.push(`a frozen context got ${payload}, which was acknowledged`);
}

function dequeue(origin: SimulatedOrigin, { context, backend }: OriginClient, channel: string) {
  const terms = { leaseMs: 500, maxHoldMs: 2_000 };
  return origin.in(context, async () => (await backend.dequeueMany?.(channel, 5, 0, terms)) ?? []);
}

/** Freezes the context as its n-th transaction begins: it gets the answer when it goes on. */
function freezeAtBegin({ storage }: SimulatedOrigin, { context }: OriginClient, n: number): void {
  let count = 0;
  storage.chooseFault = (call, caller) => {
    if (call !== 'begin' || caller !== context) return undefined;
    count += 1;
    if (count === n) context.freeze();
    return undefined;
  };
}
