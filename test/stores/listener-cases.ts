import type { AsyncEventHandler } from 'ackline';
import { expect, test, vi } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { type Binding, openShop } from './binding.ts';

/** What `useListener` promises in each framework. */
export function testListener({ listening }: Binding): void {
  test('two mounted components handle each event once, at the first attempt', async () => {
    const { events, publish } = openShop();
    const seen: (readonly [number, number])[] = [];
    const handler: AsyncEventHandler<number> = ({ payload, attempts }) =>
      void seen.push([payload, attempts]);
    listening(events, handler);
    await publish(1, 2);
    listening(events, handler);
    await publish(3, 4);
    await events.drain();
    expect(seen.sort()).toEqual([1, 2, 3, 4].map((order) => [order, 1]));
  });

  test('after the unmount a running handler ends and is acknowledged, and nothing more is claimed', async () => {
    const { events, publish } = openShop();
    const started = deferred();
    const going = deferred();
    const ended = vi.fn();
    const { unmount } = listening(events, async ({ signal }) => {
      started.resolve();
      await going.promise;
      ended(signal.aborted);
    });
    await publish(1, 2);
    await started.promise;
    unmount();
    going.resolve();
    await events.drain();
    await expect.poll(() => events.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
    expect(ended.mock.calls).toEqual([[false]]);
  });

  test('a channel that was shut down is an error of the component', async () => {
    const { events } = openShop();
    await events.shutdown();
    expect(listening(events, () => {}).errors[0]).toMatchObject({ code: 'closed' });
  });
}
