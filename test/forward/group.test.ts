// Covers src/forward/forward.ts, src/outbox/create-outbox.ts
import { expect, test } from 'vitest';
import { forward } from '../../src/forward.ts';
import { createGroup } from '../../src/groups.ts';
import { openPair } from './open-forward.ts';

test('a group: a copy of each event is moved, and the events stay', async () => {
  const { from, to, runtime, publish, arrived, look, events } = openPair();
  await createGroup(events, 'orders', 'forward');
  await publish(3);
  const forwarding = forward({ from, to, channel: 'orders', group: 'forward' });
  const stop = forwarding.subscribe(() => undefined);
  const idle = forwarding.whenIdle();
  await runtime.advance(2_000);
  await idle;
  expect((await arrived()).length).toBe(3);
  expect(await look.from.stats('orders')).toMatchObject({ ready: 3 });
  await forwarding.flush();
  stop();
  await forwarding.stop();
});
