import { describe, expect, test } from 'vitest';
import { RejectError } from '../../src/index.ts';
import { openBatches } from '../support/open-batches.ts';

describe('results', () => {
  test('each delivery is settled by its own result', async () => {
    const { events, runtime, listen, publish, seen, end, observer } = openBatches(3, 0);
    await publish(1, 2, 3);
    const listener = listen();
    await runtime.settle();
    await end(0, [
      { status: 'fulfilled' },
      { status: 'rejected', reason: new Error('busy') },
      { status: 'rejected', reason: new RejectError('never') },
    ]);
    expect(seen()).toEqual([[1, 2, 3], [2]]);
    const errors = observer.of('handler-error').map(({ error }) => (error as Error).message);
    expect(errors).toEqual(['busy', 'never']);
    expect((await events.deadLetters('mail')).map(({ payload }) => payload)).toEqual([3]);
    await end(1);
    await listener.stop();
  });

  test('a handler that throws fails every delivery', async () => {
    const { runtime, listen, publish, seen, running, observer } = openBatches(2, 0);
    await publish(1, 2);
    const listener = listen();
    await runtime.settle();
    running[0]?.reject(new Error('no network'));
    await runtime.settle();
    expect(seen()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(observer.of('handler-error').length).toBe(2);
    running[1]?.resolve(undefined);
    await listener.stop();
  });

  const invalid: readonly (readonly [unknown, string])[] = [
    [
      new Map(),
      'results of a batch must be undefined, or an array as of Promise.allSettled, got an object',
    ],
    [null, 'results of a batch must be undefined, or an array as of Promise.allSettled, got null'],
    [
      [{ status: 'fulfilled' }],
      'results of a batch must be one for each of its 2 deliveries, got 1',
    ],
    [
      [{ status: 'fulfilled' }, 'ok'],
      `a result must be { status: 'fulfilled' } or { status: 'rejected', reason }, got "ok"`,
    ],
    [
      [{ status: 'fulfilled' }, { status: 'done' }],
      "a result must be { status: 'fulfilled' } or { status: 'rejected', reason }, got an object",
    ],
  ];
  for (const [results, message] of invalid)
    test(`acknowledges nothing: ${message}`, async () => {
      const { events, runtime, listen, publish, end, observer, other } = openBatches(2, 0, {
        backoffBaseMs: 1_000_000,
      });
      await publish(1, 2);
      listen();
      await runtime.settle();
      await end(0, results as undefined);
      const errors = observer.of('handler-error').map(({ error }) => error);
      expect(errors).toEqual([new TypeError(message), new TypeError(message)]);
      expect(await other.stats('mail')).toMatchObject({ ready: 0, leased: 0, scheduled: 2 });
      await events.shutdown();
    });

  test('a delivery that the handler settled itself keeps that settlement', async () => {
    const { events, runtime, batches, listen, publish, end } = openBatches(2, 0);
    await publish(1, 2);
    const listener = listen();
    await runtime.settle();
    await batches[0]?.[0]?.reject('not ours');
    await end(0, [{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    expect((await events.deadLetters('mail')).map(({ note }) => note)).toEqual(['not ours']);
    await listener.stop();
  });
});
