import { recordingObserver } from 'ackline/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../open-indexeddb.ts';

/** Posts to the hint channel as any script of the origin could. Resolves when the messages were delivered. */
async function post(database: string, messages: readonly unknown[]): Promise<void> {
  const [sender, receiver] = [
    new BroadcastChannel(name(database)),
    new BroadcastChannel(name(database)),
  ];
  let left = messages.length;
  const delivered = new Promise<void>((resolve) => {
    receiver.onmessage = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
  for (const message of messages) sender.postMessage(message);
  await delivered;
  sender.close();
  receiver.close();
}

function name(database: string): string {
  return `ackline:${database}`;
}

test('a waiting dequeue is woken by a publish of another context', async () => {
  const { open } = openDatabase();
  const [publisher, consumer] = [open(), open()];
  const waiting = consumer.dequeue('a', 60_000);
  await publisher.publish('a', 1);
  expect(await waiting).toMatchObject({ payload: 1 });
});

test('foreign, malformed and future messages are ignored and reported, never thrown', async () => {
  const { database, open } = openDatabase();
  const backend = open();
  const observer = recordingObserver();
  onTestFinished(backend.observe(observer));
  // The backend receives hints from its first call on.
  await backend.dequeue('a', 0);
  const hostile = [
    null,
    7,
    'text',
    [],
    {},
    { ackline: 2, channels: ['a'] },
    { ackline: 1 },
    { ackline: 1, channels: 'a' },
    { ackline: 1, channels: [{}] },
    { ackline: 1, channels: Array.from({ length: 1_001 }, () => 'a') },
    { ackline: 1, channels: ['a'], nothing: '1' },
    { ackline: 1, nothing: 1 },
    { ackline: 1, channels: ['a'], rivals: 1 },
    { ackline: 1, rivals: true },
    { ackline: 1, channels: [], scan: null },
    { ackline: 1, channels: [], scan: { version: 1, nextSeq: 1 } },
    { ackline: 1, channels: [], scan: { version: 1, nextSeq: '1', firstDueAt: [] } },
    { ackline: 1, channels: [], scan: { version: null, nextSeq: 1, firstDueAt: [] } },
    { ackline: 1, channels: [], scan: { version: 1, nextSeq: 1, firstDueAt: ['a'] } },
    {
      ackline: 1,
      channels: [],
      scan: { version: 1, nextSeq: 1, firstDueAt: Array(1_001).fill([]) },
    },
    JSON.parse('{"__proto__": {"ackline": 1, "channels": ["a"]}}'),
  ];
  await post(database, hostile);
  await expect.poll(() => observer.of('hint-ignored')).toHaveLength(hostile.length);
});

test('ten thousand random messages wake no consumer, throw nothing and change no prototype', async () => {
  const { database, open, runtime } = openDatabase();
  const backend = open();
  const observer = recordingObserver();
  onTestFinished(backend.observe(observer));
  const waiting = backend.dequeue('a', 60_000);
  const before = Object.getOwnPropertyNames(Object.prototype);
  const COUNT = 10_000;
  await post(
    database,
    Array.from({ length: COUNT }, (_, index) =>
      junk({ random: () => runtime.random() }, index % 4),
    ),
  );
  await expect.poll(() => observer.of('hint-ignored')).toHaveLength(COUNT);
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  await backend.publish('a', 1);
  expect(await waiting).toMatchObject({ payload: 1 });
});

/** Any value that can be cloned, except a hint. */
function junk({ random }: { random(): number }, depth: number): unknown {
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const next = () => (depth > 0 ? junk({ random }, depth - 1) : one([0, '', null, NaN, 7n]));
  const cyclic: Record<string, unknown> = { ackline: 1 };
  cyclic['channels'] = cyclic;
  return one<() => unknown>([
    () => one([undefined, null, true, -0, 'ackline', new Date(0), /x/, new Error('x')]),
    () => [next(), next()],
    () => new Map([[next(), next()]]),
    () => ({ ackline: one([0, 2, '1', next()]), channels: next() }),
    () => ({ ackline: 1, channels: [one([{}, 1, null, [next()]])] }),
    () => JSON.parse('{"__proto__": {"ackline": 1}, "constructor": {"prototype": {"x": 1}}}'),
    () => cyclic,
    () => new Uint8Array(Math.floor(random() * 1_000)),
  ])();
}
