// A process that publishes and consumes until it is killed: node kill-actor.ts <database> <log> <seed> <context>
import { openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { AsyncEventBackend, EventMessage } from 'ackline';
import { sqliteBackend, syncSqliteBackend } from 'ackline/sqlite';
import { asyncOverSync } from '../../../async-over-sync.ts';
import { CHANNEL, type Entry, KEYS, LEASE_MS, now } from './kill-log.ts';

const [file = '', log = '', seed = '1', context = ''] = process.argv.slice(2);

let state = Number(seed) >>> 0;
/** A whole number from 0 to below `limit`. */
function random(limit: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

const database = new DatabaseSync(file);
const backend: AsyncEventBackend =
  random(2) === 0 ? sqliteBackend({ database }) : asyncOverSync(syncSqliteBackend({ database }));
const output = openSync(log, 'a');
let calls = 0;
let published = 0;

/** Writes what is about to happen, and what came of it. A line that was written survives the process. */
async function recorded<T>(
  entry: Omit<Entry, 'call' | 'at' | 'context'>,
  call: () => Promise<T>,
  answer: (result: T) => Entry['answer'],
): Promise<T> {
  calls += 1;
  const number = calls;
  const write = (more: Partial<Entry>) =>
    writeSync(
      output,
      `${JSON.stringify({ ...entry, ...more, context, call: number, at: now() })}\n`,
    );
  write({});
  const result = await call();
  write({ answer: answer(result) });
  // The parent counts these and kills this process after a random number of them.
  writeSync(1, '.');
  return result;
}

async function publish(): Promise<void> {
  const drafts = Array.from({ length: 1 + random(4) }, () => {
    published += 1;
    const key = KEYS[random(4)];
    const options = key === undefined ? {} : { key };
    return { channel: CHANNEL, payload: { id: `${context}-${published}`, key }, options };
  });
  const ids = drafts.map(({ payload }) => payload.id);
  const keys = drafts.map(({ payload }) => payload.key ?? null);
  const send = () =>
    drafts.length === 1
      ? backend.publish(CHANNEL, drafts[0]?.payload, null, drafts[0]?.options)
      : (backend.publishMany?.(drafts) ?? Promise.resolve([]));
  await recorded<unknown>({ verb: 'publish', ids, keys }, send, () => 'ok');
}

async function consume(): Promise<void> {
  const take = () =>
    backend.dequeueMany?.(CHANNEL, 1 + random(5), 0, { leaseMs: LEASE_MS }) ?? Promise.resolve([]);
  const messages = await recorded({ verb: 'deliver', ids: [] }, take, (taken) =>
    taken.map(({ payload, lease = 0, attempts }) => {
      return { id: (payload as { id: string }).id, lease, attempts };
    }),
  );
  for (const message of messages) await settle(message);
}

async function settle({ eventId, payload, lease = 0 }: EventMessage): Promise<void> {
  const ids = [(payload as { id: string }).id];
  const chosen = random(10);
  // An event that nothing settles comes again when its lease has expired.
  if (chosen === 0) return;
  const verb = chosen < 2 ? 'nack' : chosen < 3 ? 'extend' : 'ack';
  const call = () => {
    if (verb === 'ack') return backend.ack(eventId, lease, undefined, CHANNEL);
    if (verb === 'nack') return backend.nack(eventId, lease, { delayMs: random(3) * 20 }, CHANNEL);
    return backend.extend?.(eventId, lease, LEASE_MS, CHANNEL) ?? Promise.resolve('gone' as const);
  };
  await recorded({ verb, ids, lease }, call, (settlement) => settlement);
}

for (;;) await (random(2) === 0 ? publish() : consume());
