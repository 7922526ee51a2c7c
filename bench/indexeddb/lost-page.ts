import type { EventMessage } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { check } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import type { LostPage, Way } from './lost-page-bench.ts';

/** Runs in the browser. The bench calls `window.lost`. */

const CHANNEL = 'bench';
const OTHER_CHANNEL = 'other';
const EVENTS = 100;
const FILLED_AT_ONCE = 1_000;
const SHORT_LEASE_MS = 1_500;
const LONG_LEASE_MS = 600_000;

const bodies = makeBodies();
let holder: Context;
let rival: Context;

type Context = ReturnType<typeof openContext>;

function openContext(database: string) {
  const backend = indexedDbBackend({ database, leaseMode: 'available' });
  return {
    publish: async (channel: string, count: number) => {
      const drafts = Array.from({ length: count }, (_, number) => {
        return { channel, payload: payloadOf(number, bodies) };
      });
      await backend.publishMany?.(drafts);
    },
    claim: async (channel: string, limit: number, leaseMs: number) =>
      (await backend.dequeueMany?.(channel, limit, 0, { leaseMs })) as EventMessage[],
    ack: ({ eventId, lease }: EventMessage) => backend.ack(eventId, lease),
    giveBack: ({ eventId, lease }: EventMessage) => backend.nack(eventId, lease),
    close: () => backend.shutdown(),
  };
}

async function claimAll(way: Way, leaseMs: number): Promise<EventMessage[]> {
  if (way === 'one claim') return holder.claim(CHANNEL, EVENTS, leaseMs);
  const claimed: EventMessage[] = [];
  while (claimed.length < EVENTS) claimed.push(...(await holder.claim(CHANNEL, 1, leaseMs)));
  return claimed;
}

async function ackAll(way: Way, events: readonly EventMessage[]): Promise<string[]> {
  if (way !== 'a claim each, one at a time') return Promise.all(events.map(holder.ack));
  const answers: string[] = [];
  for (const event of events) answers.push(await holder.ack(event));
  return answers;
}

async function measure(way: Way, areLost: boolean): Promise<number> {
  await holder.publish(CHANNEL, EVENTS);
  const held = await claimAll(way, areLost ? SHORT_LEASE_MS : LONG_LEASE_MS);
  const ids = new Set(held.map(({ eventId }) => eventId));
  check(ids.size === EVENTS, 'everything is claimed', ids.size);
  const taken: EventMessage[] = [];
  while (areLost && taken.length < EVENTS)
    taken.push(...(await rival.claim(CHANNEL, EVENTS, LONG_LEASE_MS)));
  const startedAt = performance.now();
  const answers = await ackAll(way, held);
  const ms = performance.now() - startedAt;
  const expected = areLost ? 'stale' : 'ok';
  check(
    answers.every((answer) => answer === expected),
    `all answers are ${expected}`,
    answers,
  );
  await Promise.all(taken.map(rival.ack));
  return ms;
}

const page: LostPage = {
  async open(waiting) {
    const database = `lost-${waiting}`;
    holder = openContext(database);
    rival = openContext(database);
    for (let filled = 0; filled < waiting; filled += FILLED_AT_ONCE) {
      await rival.publish(OTHER_CHANNEL, FILLED_AT_ONCE);
    }
    const given: EventMessage[] = [];
    while (given.length < waiting)
      given.push(...(await rival.claim(OTHER_CHANNEL, FILLED_AT_ONCE, LONG_LEASE_MS)));
    for (let from = 0; from < waiting; from += FILLED_AT_ONCE)
      await Promise.all(given.slice(from, from + FILLED_AT_ONCE).map(rival.giveBack));
  },
  measure,
  async close() {
    await holder.close();
    await rival.close();
  },
};

window.lost = page;
