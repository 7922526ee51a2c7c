import { describe, expect, test } from 'vitest';
import { openBatches } from '../support/open-batches.ts';

describe('lost leases', () => {
  test('a delivery that loses its lease before the batch starts is left out', async () => {
    const { runtime, listen, publish, seen, end, other, observer } = openBatches(3, 20_000);
    const listener = listen();
    const [first = ''] = await publish(1, 2);
    await runtime.settle();
    // The lease numbers of the memory store begin at 1.
    await other.nack(first, 1);
    await other.dequeue('mail', 0, { leaseMs: 3_600_000 });
    await runtime.advance(20_000);
    expect(seen()).toEqual([[2]]);
    expect(observer.of('lease-lost').map(({ eventId }) => eventId)).toEqual([first]);
    await end(0);
    await listener.stop();
  });

  test('one that loses it while the batch runs aborts alone, and its result changes nothing', async () => {
    const { runtime, batches, listen, publish, end, other } = openBatches(2, 0);
    const [first = ''] = await publish(1, 2);
    const listener = listen();
    await runtime.settle();
    const signals = batches[0]?.map(({ signal }) => signal);
    await other.nack(first, 1);
    await other.dequeue('mail', 0, { leaseMs: 3_600_000 });
    await runtime.advance(15_000);
    expect(signals?.map(({ aborted }) => aborted)).toEqual([true, false]);
    await end(0, [{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    expect(await other.stats('mail')).toMatchObject({ ready: 0, leased: 1 });
    await listener.stop();
  });

  test('a batch of which every delivery has lost its lease does not start', async () => {
    const { runtime, listen, publish, seen, other } = openBatches(3, 20_000);
    const listener = listen();
    const [first = ''] = await publish(1);
    await runtime.settle();
    await other.nack(first, 1);
    await other.dequeue('mail', 0, { leaseMs: 3_600_000 });
    await runtime.advance(20_000);
    expect(seen()).toEqual([]);
    await listener.stop();
  });
});

describe('a batch that has not started', () => {
  test('is released when its listener is paused, and the attempts do not count', async () => {
    const { runtime, batches, listen, publish, seen, end, other, observer } = openBatches(3, 5_000);
    const listener = listen();
    await publish(1, 2);
    await runtime.settle();
    expect(await other.stats('mail')).toMatchObject({ leased: 2 });
    listener.pause('signed out');
    await runtime.advance(5_000);
    expect([seen(), listener.status]).toEqual([[], 'paused']);
    expect(await other.stats('mail')).toMatchObject({ ready: 2, leased: 0 });
    listener.resume();
    await runtime.advance(5_000);
    expect(seen()).toEqual([[1, 2]]);
    expect(batches[0]?.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(observer.of('handler-error')).toEqual([]);
    await end(0);
    await listener.stop();
  });

  test('is released when its listener is stopped, which then waits for nothing', async () => {
    const { runtime, listen, publish, seen, other } = openBatches(3, 60_000);
    const listener = listen();
    await publish(1, 2);
    await runtime.settle();
    await listener.stop();
    expect(seen()).toEqual([]);
    expect(await other.stats('mail')).toMatchObject({ ready: 2, leased: 0 });
  });

  test('is released by a shutdown with mode release', async () => {
    const { events, runtime, listen, publish, seen, other } = openBatches(3, 60_000);
    listen();
    await publish(1, 2);
    await runtime.settle();
    await events.shutdown({ mode: 'release' });
    expect(seen()).toEqual([]);
    expect(await other.stats('mail')).toMatchObject({ ready: 2, leased: 0 });
  });

  test('starts when the channel is drained and no more is due', async () => {
    const { events, runtime, listen, publish, seen, end } = openBatches(3, 60_000);
    const listener = listen();
    await publish(1, 2);
    await runtime.settle();
    expect(seen()).toEqual([]);
    const draining = events.drain();
    await runtime.settle();
    expect(seen()).toEqual([[1, 2]]);
    await publish(3, 4, 5, 6);
    await end(0);
    await end(1);
    await end(2);
    expect([await draining, seen().slice(1)]).toEqual([6, [[3, 4, 5], [6]]]);
    await listener.stop();
  });

  test('ends with its listener when the backend is shut down', async () => {
    const { backend, runtime, listen, publish, seen } = openBatches(3, 60_000);
    const listener = listen();
    await publish(1, 2);
    await runtime.settle();
    await backend.shutdown();
    await listener.closed;
    expect([seen(), listener.closeReason]).toMatchObject([[], { code: 'closed' }]);
  });
});
