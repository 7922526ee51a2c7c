// Covers src/core/reports/errors.ts
import { runInNewContext } from 'node:vm';
import { beforeEach, expect, test, vi } from 'vitest';
import { codeOf, isBranded, RejectError } from '../../../src/core/reports/errors.ts';
import { openChannel } from '../../support/open-channel.ts';

/** A second copy of every class, as with two versions of the package on one page or in a split bundle. */
let copy: typeof import('../../../src/core/reports/errors.ts');

beforeEach(async () => {
  vi.resetModules();
  copy = await import('../../../src/core/reports/errors.ts');
});

const MAKE_REJECT = `
  class RejectError extends Error { name = 'RejectError' }
  Object.assign(new RejectError('no such order'), { [Symbol.for('ackline.RejectError')]: true })`;

test('a RejectError of a second copy makes a dead letter at once', async () => {
  const { runtime, events } = openChannel();
  const thrown = new copy.RejectError('no such order');
  expect(thrown).not.toBeInstanceOf(RejectError);
  events.listen('orders', () => {
    throw thrown;
  });
  await events.publish('orders', 1);
  await runtime.settle();
  const [letter] = await events.deadLetters('orders');
  expect(letter).toMatchObject({ reason: 'rejected', attempts: 1, note: 'no such order' });
  expect(letter?.lastError).toEqual({ name: 'RejectError', message: 'no such order' });
});

test('a RejectError of another realm, or of a subclass, makes a dead letter at once', async () => {
  const { runtime, events } = openChannel();
  class NoSuchOrder extends copy.RejectError {}
  const thrown: readonly unknown[] = [runInNewContext(MAKE_REJECT), new NoSuchOrder('none')];
  events.listen('orders', ({ payload }) => {
    throw thrown[Number(payload)];
  });
  for (const payload of thrown.keys()) await events.publish('orders', payload);
  await runtime.settle();
  const letters = await events.deadLetters('orders');
  expect(letters.map(({ note }) => note)).toEqual(['no such order', 'none']);
});

test('a RetryError of a second copy sets the delay', async () => {
  const { runtime, events, observer } = openChannel();
  events.listen('orders', ({ attempts }) => {
    if (attempts === 1) throw new copy.RetryError(7_000);
  });
  await events.publish('orders', 1);
  await runtime.settle();
  expect(observer.of('retry-scheduled')).toMatchObject([{ delayMs: 7_000 }]);
});

test('a listener whose backend of a second copy was shut down stops without a fault', async () => {
  const { runtime, events, observer, backend } = openChannel({ pollIntervalMs: 0 });
  backend.dequeueMany = () => Promise.reject(new copy.AcklineError('closed', 'shut down'));
  const listener = events.listen('orders', () => undefined);
  await runtime.settle();
  expect(listener.status).toBe('stopped');
  expect(observer.of('fault')).toEqual([]);
});

test('an error with the name alone is not branded', () => {
  for (const name of ['AcklineError', 'RejectError', 'RetryError'] as const) {
    const error = Object.assign(new Error('x'), { name, code: 'closed', delayMs: 5 });
    expect([isBranded(error, name), codeOf(error)]).toEqual([false, undefined]);
  }
});

test('the brand of an error is not enumerable, so errors print and compare without it', () => {
  expect(Object.keys(new copy.RetryError(5))).toEqual(['name', 'delayMs', 'countsAsAttempt']);
});
