// Covers src/core/protocols/sync-claim-fitting.ts, src/codec/sync-methods.ts, src/schema/sync-methods.ts
import { type Runtime, type SyncEventBackend, syncMemoryBackend } from 'ackline';
import { withCodec } from 'ackline/codec';
import { withSchemas } from 'ackline/schema';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { jsonCodec } from '../../support/codecs.ts';

/** How long each message takes until it is presented. */
const SLOW_MS = 1_000;

/** A runtime whose clocks go on while synchronous code runs, and what runs for a while. */
function busyRuntime() {
  const manual = new ManualRuntime();
  let spentMs = 0;
  const runtime: Runtime = {
    now: () => manual.now() + spentMs,
    elapsed: () => manual.elapsed() + spentMs,
    after: (ms, run) => manual.after(ms, run),
    randomId: () => manual.randomId(),
    random: () => manual.random(),
  };
  const work = () => {
    spentMs += SLOW_MS;
  };
  return { runtime, work };
}

type Decorate = (backend: SyncEventBackend, work: () => void) => SyncEventBackend;

const slowSchema = (work: () => void) => ({
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate(value: unknown) {
      work();
      return { value };
    },
  },
});

const DECORATED: readonly (readonly [name: string, decorate: Decorate])[] = [
  [
    'a codec',
    (backend, work) =>
      withCodec(backend, {
        ...jsonCodec,
        decode(stored) {
          work();
          return jsonCodec.decode(stored);
        },
      }),
  ],
  [
    'a schema',
    (backend, work) =>
      withSchemas(backend, { c: { schema: slowSchema(work), validate: 'delivery' } }),
  ],
];

function open(decorate: Decorate) {
  const { runtime, work } = busyRuntime();
  const inner = syncMemoryBackend({ runtime });
  const backend = decorate(inner, work);
  const drafts = (count: number, options: object) =>
    Array.from({ length: count }, (_, payload) => ({ channel: 'c', payload, options }));
  const publishing = decorate(inner, () => undefined);
  return { inner, backend, publishing, drafts };
}

test.each(DECORATED)(
  '%s: what expires while a claim is presented is not delivered',
  (_, decorate) => {
    const { inner, backend, publishing, drafts } = open(decorate);
    for (const draft of drafts(4, { ttlMs: 2_500 }))
      publishing.publish(draft.channel, draft.payload, null, draft.options);
    expect(backend.dequeueMany?.('c', 4, 0).map(({ payload }) => payload)).toEqual([]);
    expect(inner.deadLetters?.('c', 10).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () => 'expired'),
    );
    publishing.publish('c', 'alone', null, { ttlMs: 2_500 });
    expect(backend.dequeue('c', 0)).toMatchObject({ payload: 'alone', attempts: 1 });
  },
);

test.each(DECORATED)(
  '%s: a lease that ends while a claim is presented is extended',
  (_, decorate) => {
    const { inner, backend, publishing, drafts } = open(decorate);
    for (const draft of drafts(3, {})) publishing.publish(draft.channel, draft.payload);
    const messages = backend.dequeueMany?.('c', 3, 0, { leaseMs: 2_500 }) ?? [];
    expect(messages.map(({ payload }) => payload)).toEqual([0, 1, 2]);
    const [first] = messages;
    expect(first?.leaseExpiresAt).toBeGreaterThan(Number(first?.createdAt) + 3 * SLOW_MS);
    expect(inner.dequeue('c', 0)).toBe(null);
    for (const { eventId, lease } of messages) expect(backend.ack(eventId, lease)).toBe('ok');
  },
);
