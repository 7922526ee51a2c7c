// Covers src/testing/conformance/*.ts
import { describe, expect, test } from 'vitest';
import { type AsyncEventBackend, memoryBackend, memoryStore } from '../../../src/index.ts';
import { conformanceCases } from '../../../src/testing/conformance/conformance-cases.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { QUEUE } from '../../backends.ts';
import { Random } from '../../simulation/random.ts';
import type { Full } from './letter-defects.ts';
import { withVerbs } from './with-verbs.ts';

/** How many tasks pass before or after the work of a call. */
type TasksOf = (verb: keyof Full) => number;

/** A publish copies its values, and a wait begins, when the call is made. So the work of these is done at once. */
const WORK_AT_ONCE: readonly (keyof Full)[] = ['publish', 'publishMany', 'shutdown'];
const WAITS: readonly (keyof Full)[] = ['dequeue', 'dequeueMany'];
const OTHERS: readonly (keyof Full)[] = [
  ...(['ack', 'nack', 'reject', 'extend', 'retryNow', 'stats', 'deadLetters', 'redrive'] as const),
  ...(['purge', 'cancel', 'blockedKeys', 'releaseKey', 'browse', 'channels', 'results'] as const),
];

/** A correct backend whose calls take real time, as those of a server do. */
function slowBackend(backend: AsyncEventBackend, tasksOf: TasksOf): AsyncEventBackend {
  const fast = withVerbs(backend, () => ({})) as Full;
  let isClosed = false;
  const rest = async (verb: keyof Full) => {
    for (let left = tasksOf(verb); left > 0; left -= 1)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const slow = (verb: keyof Full) => {
    const call = fast[verb] as (...given: unknown[]) => Promise<unknown>;
    return async (...given: unknown[]) => {
      const pollIntervalMs = given.findLast((one) => typeof one === 'number');
      const isWait = WAITS.includes(verb) && pollIntervalMs !== 0;
      const isAtOnce = isClosed || isWait || WORK_AT_ONCE.includes(verb);
      if (verb === 'shutdown') isClosed = true;
      if (!isAtOnce) await rest(verb);
      const answer = await call(...given);
      await rest(verb);
      return answer;
    };
  };
  const verbs = [...WORK_AT_ONCE, ...WAITS, ...OTHERS].map((verb) => [verb, slow(verb)]);
  return { ...fast, ...Object.fromEntries(verbs) };
}

const FEATURES: readonly string[] = [...QUEUE, 'waiting', 'keepAlive', 'expiry'];
const cases = conformanceCases.filter(({ requires }) =>
  requires.every((one) => FEATURES.includes(one)),
);

async function runSlowly({ run }: (typeof cases)[number], tasksOf: TasksOf): Promise<void> {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const opened: AsyncEventBackend[] = [];
  const open = () => {
    const backend = slowBackend(memoryBackend({ store }), tasksOf);
    opened.push(backend);
    return backend;
  };
  await run({ runtime, open });
  await Promise.all(opened.map((backend) => backend.shutdown()));
}

describe.each([1, 5])('a call takes a random time, now and then a long one: seed %i', (seed) => {
  const MOST_TASKS = 6;
  const LONG = 40;
  test.each(cases)('$name', (one) => {
    const random = new Random(seed);
    return runSlowly(one, () => {
      const isLong = random.chance(0.1);
      return Math.floor(random.next() * MOST_TASKS * (isLong ? LONG : 1));
    });
  });
});

describe('a read opens a connection, which takes as long as many calls on an open one', () => {
  const READS: readonly (keyof Full)[] = ['stats', 'deadLetters', 'results'];
  const watching = cases.filter(({ name }) => /^(watchStats|waitFor): /.test(name));
  test('cases watch', () => expect(watching.length).toBeGreaterThan(10));
  test.each(watching)('$name', (one) =>
    runSlowly(one, (verb) => (READS.includes(verb) ? 500 : verb === 'dequeue' ? 1 : 0)),
  );
});
