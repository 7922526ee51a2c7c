import { describe, expect, test } from 'vitest';
import { memoryBackend, memoryStore } from '../../../src/index.ts';
import { conformanceCases } from '../../../src/testing/conformance/conformance-cases.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { KEY_DEFECTS } from './key-defects.ts';
import { changed, type Full, LETTER_DEFECTS, type Verbs } from './letter-defects.ts';
import { withVerbs } from './with-verbs.ts';

/** Over memory all work happens in microtasks. A case that is not over after that many rounds never ends. */
async function hasPassed(run: Promise<void>, runtime: ManualRuntime): Promise<boolean> {
  let outcome: 'waits' | 'passed' | 'failed' = 'waits';
  run.then(
    () => {
      outcome = 'passed';
    },
    () => {
      outcome = 'failed';
    },
  );
  for (let round = 0; round < 600 && outcome === 'waits'; round += 1) await runtime.settle();
  return (outcome as string) === 'passed';
}

const features: readonly string[] = [
  'expiry',
  ...Object.keys(memoryBackend().capabilities ?? {}),
  'waiting',
  'contexts',
  'clock',
  'place',
];

async function failuresOf(replace: (full: Full) => Verbs): Promise<string[]> {
  const failures: string[] = [];
  for (const { name, requires, run } of conformanceCases) {
    if (!requires.every((requirement) => features.includes(requirement))) continue;
    const runtime = new ManualRuntime();
    const store = memoryStore({ runtime });
    const open = () => withVerbs(memoryBackend({ store }), replace);
    if (!(await hasPassed(run({ runtime, open }), runtime))) failures.push(name);
  }
  return failures;
}

const newestLeases = new Map<string, number>();

/** Each defect, with words from the name of a case that must find it. */
const DEFECTS: Readonly<Record<string, readonly [caught: string, (full: Full) => Verbs]>> = {
  'ack does nothing': ['ack: ', () => ({ ack: async () => 'ok' })],
  'ack always answers ok': [
    'gone and revives nothing',
    (full) => ({
      ack: async (...given) => {
        await full.ack(...given);
        return 'ok';
      },
    }),
  ],
  'nack acknowledges': [
    'nack: answers ok',
    (full) => ({ nack: (eventId, lease) => full.ack(eventId, lease) }),
  ],
  'nack ignores its delay': [
    'never delivers early',
    (full) => ({ nack: (eventId, lease) => full.nack(eventId, lease) }),
  ],
  'nack puts the event last': [
    'old place',
    (full) => ({ nack: (eventId, lease) => full.nack(eventId, lease, { delayMs: 1 }) }),
  ],
  'an old lease settles like the newest': [
    'stale lease answers stale',
    (full) => ({
      dequeue: async (...given) => {
        const message = await full.dequeue(...given);
        if (message) newestLeases.set(message.eventId, Number(message.lease));
        return message;
      },
      ack: (eventId, lease) => full.ack(eventId, lease && newestLeases.get(eventId)),
    }),
  ],
  'extend does nothing': ['extend: moves the expiry', () => ({ extend: async () => 'ok' })],
  'reject acknowledges': [
    'dead letter',
    (full) => ({ reject: (eventId, lease) => full.ack(eventId, lease) }),
  ],
  'publish drops metadata': [
    'metadata',
    (full) => ({
      publish: (channel, payload, _metadata, options) =>
        full.publish(channel, payload, null, options),
    }),
  ],
  'publish delivers early': [
    'delay: a delayed event',
    (full) => ({
      publish: (channel, payload, metadata) => full.publish(channel, payload, metadata),
    }),
  ],
  'publishMany is not atomic': [
    'publishMany: stores nothing',
    (full) => ({
      publishMany: async (drafts) => {
        const eventIds: string[] = [];
        for (const { channel, payload, metadata, options } of drafts)
          eventIds.push(await full.publish(channel, payload, metadata, options));
        return eventIds;
      },
    }),
  ],
  'publishMany reverses its ids': [
    'ids in input order',
    (full) => ({ publishMany: async (drafts) => (await full.publishMany(drafts)).toReversed() }),
  ],
  'dequeue does not wait': [
    'waits until its poll interval',
    (full) => ({ dequeue: (channel, _ms, options) => full.dequeue(channel, 0, options) }),
  ],
  'dequeue ignores its signal': [
    'an aborted wait',
    (full) => ({
      dequeue: (channel, ms, { signal: _signal, ...options } = {}) =>
        full.dequeue(channel, ms, options),
    }),
  ],
  'dequeue ignores leaseMs': [
    'until its lease expires',
    (full) => ({
      dequeue: (channel, ms, { leaseMs: _leaseMs, ...options } = {}) =>
        full.dequeue(channel, ms, options),
    }),
  ],
  'dequeue ignores maxAttempts': [
    'maxAttempts: the last nack',
    (full) => ({
      dequeue: (channel, ms, { maxAttempts: _maxAttempts, ...options } = {}) =>
        full.dequeue(channel, ms, options),
    }),
  ],
  'dequeue counts no attempts': [
    'attempts: count 1, 2, 3',
    (full) => ({
      dequeue: async (...given) => changed(await full.dequeue(...given), { attempts: 1 }),
    }),
  ],
  'dequeue answers with an event that is not frozen': [
    'frozen',
    (full) => ({
      dequeue: async (...given) => {
        const message = await full.dequeue(...given);
        return message && { ...message };
      },
    }),
  ],
  'dequeue mixes channels': [
    'isolation',
    (full) => ({
      publish: (channel, payload) => full.publish(channel.split('.')[0] ?? '', payload),
      dequeue: (channel, ms) => full.dequeue(channel.split('.')[0] ?? '', ms),
    }),
  ],
  'shutdown keeps its leases': ['shutdown: hands back', () => ({ shutdown: async () => {} })],
  'deadLetters ignores its limit': [
    'at most the limit',
    (full) => ({ deadLetters: (channel) => full.deadLetters(channel, 1_000) }),
  ],
  ...LETTER_DEFECTS,
  ...KEY_DEFECTS,
  'observe reports nothing': ['observe: reports', () => ({ observe: () => () => {} })],
};

describe('conformance suite: it finds this defect', () => {
  test('no defect: no case fails', async () => {
    expect(await failuresOf(() => ({}))).toEqual([]);
  });

  for (const [defect, [caught, replace]] of Object.entries(DEFECTS))
    test(defect, async () => {
      const failures = await failuresOf(replace);
      expect(failures.filter((name) => name.includes(caught))).not.toEqual([]);
    });
});

test('conformanceCases: each name is unique and states a promise', () => {
  const names = conformanceCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z]+: .{15,}$/);
});
