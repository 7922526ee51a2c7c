// Covers src/forward/forward-store.ts, src/forward/forward.ts
import { expect, test } from 'vitest';
import { forward } from '../../src/forward.ts';
import { EventChannel } from '../../src/index.ts';
import { changed, openPair } from './open-forward.ts';

test('pause, resume and the store: progress and counts', async () => {
  const { from, to, runtime, publish, arrived } = openPair();
  await publish(5);
  const forwarding = forward({ from, to, channel: 'orders' });
  forwarding.pause('metered network');
  const seen: object[] = [];
  const stop = forwarding.subscribe((snapshot) => void seen.push(snapshot));
  await runtime.advance(2_000);
  expect(forwarding.getSnapshot()).toMatchObject({
    state: 'paused',
    pauseReason: 'metered network',
    waiting: 5,
    moving: 0,
    moved: 0,
  });
  expect(forwarding.getSnapshot()).toBe(forwarding.getSnapshot());
  forwarding.resume();
  const idle = forwarding.whenIdle();
  await runtime.advance(2_000);
  await idle;
  expect(seen.at(-1)).toMatchObject({ state: 'idle', waiting: 0, moved: 5, failed: 0 });
  expect((await arrived()).length).toBe(5);
  stop();
  await forwarding.stop();
});

test('two contexts share the work, and nothing is moved twice', async () => {
  const { from, to, runtime, context, publish, arrived } = openPair();
  await publish(300);
  const other = context();
  const both = [
    forward({ from, to, channel: 'orders', batch: { size: 10 } }),
    forward({ ...other, channel: 'orders', batch: { size: 10 } }),
  ];
  for (let step = 0; step < 30; step += 1) await runtime.advance(1);
  expect(both.reduce((sum, one) => sum + one.getSnapshot().moved, 0)).toBe(300);
  expect((await arrived()).length).toBe(300);
  await Promise.all(both.map((one) => one.stop()));
});

test('the connectivity holds it back', async () => {
  const { from, to, runtime, publish, arrived } = openPair();
  await publish(1);
  let isOnline = false;
  let notice = () => {};
  const connectivity = {
    isOnline: () => isOnline,
    watch: (onChange: () => void) => {
      notice = onChange;
      return () => undefined;
    },
  };
  const forwarding = forward({ from, to, channel: 'orders', connectivity });
  await runtime.advance(60_000);
  expect(forwarding.getSnapshot().state).toBe('offline');
  isOnline = true;
  notice();
  await runtime.advance(2_000);
  expect((await arrived()).length).toBe(1);
  await forwarding.stop();
});

test('stop leaves both backends open for their other clients, and shuts down those without', async () => {
  const { from, to } = openPair();
  const user = new EventChannel({ backend: from });
  await forward({ from, to, channel: 'orders' }).stop();
  await user.publish('orders', 1);
  await expect(to.publish('orders', 1)).rejects.toMatchObject({ code: 'closed' });
  await user.shutdown();
});

test('closed resolves when from is shut down', async () => {
  const { from, to, runtime } = openPair();
  const forwarding = forward({ from, to, channel: 'orders', observer: () => undefined });
  await runtime.settle();
  await from.shutdown();
  await runtime.advance(2_000);
  await forwarding.closed;
  await forwarding.stop();
});

test.each(['signal', 'stop'] as const)(
  'abort by %s while to hangs: it closes, the events are free, and another context moves each once',
  async (by) => {
    const { from, to, runtime, context, look, publish, arrived } = openPair();
    await publish(3);
    const ending = new AbortController();
    const hanging = changed(to, { publishMany: () => new Promise(() => undefined) });
    const { signal } = ending;
    const forwarding = forward({ from, to: hanging, channel: 'orders', signal });
    await runtime.advance(1);
    expect(await look.from.stats('orders')).toMatchObject({ ready: 0, leased: 3 });
    if (by === 'signal') ending.abort();
    const stopped = forwarding.stop({ mode: 'release' });
    await runtime.advance(1);
    await stopped;
    await forwarding.closed;
    expect(await look.from.stats('orders')).toMatchObject({ ready: 3, leased: 0, dead: 0 });
    const other = forward({ ...context(), channel: 'orders' });
    await runtime.advance(1_000);
    expect((await arrived()).map(({ payload }) => payload)).toEqual([0, 1, 2]);
    await other.stop();
  },
);
