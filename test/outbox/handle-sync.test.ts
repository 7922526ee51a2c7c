import { expect, test } from 'vitest';
import {
  handleSync,
  requestPeriodicSync,
  requestSync,
  type SendOutcome,
} from '../../src/outbox.ts';
import { manualNetwork, openFilled } from './open-outbox.ts';

/** A sync with the answers of the server, and how it ends. */
async function sync(count: number, answers: readonly SendOutcome[], tag = 'outbox-1') {
  const left = [...answers];
  let sent = 0;
  // The worker opens its outbox during the event.
  const connectivity = manualNetwork(false);
  const opened = await openFilled(count, {
    connectivity,
    maxConcurrency: 1,
    send: () => {
      sent += 1;
      return left.shift() ?? { result: 'done' };
    },
  });
  const { runtime, events, outbox } = opened;
  let end: string | undefined;
  const waitUntil = (work: Promise<unknown>) =>
    void work.then(
      () => {
        end = 'resolved';
      },
      (error: Error) => {
        end = error.message;
      },
    );
  const open = () => {
    connectivity.set(true);
    return { outbox, events };
  };
  const isHandled = handleSync({ tag, waitUntil }, open, { runtime });
  return { ...opened, isHandled, end: () => end, sent: () => sent };
}

test('handleSync: sends what is due, shuts the channel down, and succeeds', async () => {
  const { runtime, end, sent, isHandled, events } = await sync(3, []);
  await runtime.settle();
  expect([isHandled, end(), sent()]).toEqual([true, 'resolved', 3]);
  await expect(events.publish('orders', 1)).rejects.toMatchObject({ code: 'closed' });
});

test('handleSync: tries once more after two seconds, then fails, so that the browser fires it again', async () => {
  const busy: SendOutcome = { result: 'hold', afterMs: 60_000 };
  const { runtime, end, sent, other } = await sync(3, [busy, busy]);
  await runtime.advance(1_999);
  expect([end(), sent()]).toEqual([undefined, 1]);
  await runtime.advance(1);
  expect([end(), sent()]).toEqual(['3 events are still to be sent', 2]);
  expect(await other.stats('orders')).toMatchObject({ leased: 0 });
});

test('handleSync: a failure that is over at the second try does no harm', async () => {
  const { runtime, end, sent } = await sync(3, [{ result: 'unreachable' }]);
  await runtime.advance(2_000);
  expect([end(), sent()]).toEqual(['resolved', 4]);
});

test('handleSync: ends after a minute, and releases what is being sent', async () => {
  const { runtime, end, other } = await sync(2, []);
  await runtime.settle();
  expect(end()).toBe('resolved');
  const hanging = await openFilled(2);
  let reason: unknown;
  const waitUntil = (work: Promise<unknown>) =>
    void work.catch((error) => {
      reason = error;
    });
  handleSync({ tag: 'outbox', waitUntil }, () => hanging, { runtime: hanging.runtime });
  await hanging.runtime.advance(60_000);
  await hanging.runtime.settle();
  expect(reason).toMatchObject({ name: 'TimeoutError' });
  expect(await hanging.other.stats('orders')).toMatchObject({ ready: 2, leased: 0 });
  await other.shutdown();
});

test('handleSync: leaves the tags of others alone', async () => {
  const { isHandled, end, events, runtime } = await sync(0, [], 'analytics');
  await runtime.settle();
  expect([isHandled, end()]).toEqual([false, undefined]);
  await events.shutdown();
});

test('requestSync: registers a new tag each time, and says whether the browser will fire it', async () => {
  const tags: string[] = [];
  const register = async (tag: string) => void tags.push(tag);
  expect(await requestSync({ sync: { register } })).toBe(true);
  expect(await requestSync({ sync: { register } }, { tag: 'orders' })).toBe(true);
  expect(tags[0]).toMatch(/^outbox-./);
  expect(tags[1]).toMatch(/^orders-./);
  expect(await requestSync({})).toBe(false);
  const refuse = () => Promise.reject(new Error('permission denied'));
  expect(await requestSync({ sync: { register: refuse } })).toBe(false);
});

test('requestPeriodicSync: registers and unregisters one tag, and says whether the browser will fire it', async () => {
  const calls: unknown[] = [];
  const periodicSync = {
    register: async (...call: unknown[]) => void calls.push(call),
    unregister: async (tag: string) => void calls.push(tag),
  };
  expect(await requestPeriodicSync({ periodicSync })).toBe(true);
  expect(await requestPeriodicSync({ periodicSync }, { tag: 'outbox-2', minIntervalMs: 0 })).toBe(
    true,
  );
  expect(
    await requestPeriodicSync({ periodicSync }, { minIntervalMs: Number.POSITIVE_INFINITY }),
  ).toBe(false);
  expect(calls).toEqual([
    ['outbox', { minInterval: 43_200_000 }],
    ['outbox-2', { minInterval: 0 }],
    'outbox',
  ]);
  expect(await requestPeriodicSync({})).toBe(false);
  const register = () => Promise.reject(new DOMException('not installed', 'NotAllowedError'));
  expect(await requestPeriodicSync({ periodicSync: { register } })).toBe(false);
  await expect(requestPeriodicSync({}, { minIntervalMs: -1 })).rejects.toThrow(
    'minIntervalMs must be',
  );
});
