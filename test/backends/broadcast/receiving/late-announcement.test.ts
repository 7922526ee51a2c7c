// Covers src/backends/broadcast/receiving/publisher-streams.ts, src/backends/broadcast/receiving/publisher-stream.ts
import { expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

interface Kinds {
  readonly kind: string;
  readonly joined?: readonly string[];
}

/**
 * A member joins a channel on which `p` has published 1. The first announcement of `p` to it, and the events of `p` that it would
 * get, are lost. Then `p` publishes 2, and another publisher two events, so that a history of two lacks 2. `announce` repeats the
 * lost announcement.
 */
async function joinBeforeAnnouncement() {
  const world = new SimulatedWorld();
  const [publisher, other] = [world.open('p'), world.open('o')];
  const peer = world.open('peer', { history: 2 });
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1);
  await world.runtime.advance(10);
  const late = world.open('late', { history: 2 });
  let heads: unknown;
  let hasPublished = false;
  world.bus.isLost = (message, from, to) => {
    const { kind } = message as Kinds;
    if (to !== 'late') return false;
    if (kind === 'heads' && from === 'p') heads ??= message;
    if (kind !== 'heads' || from !== 'peer' || hasPublished) return from === 'p';
    hasPublished = true;
    void publisher.events.publish('news', 2);
    void other.events.publish('news', 3);
    void other.events.publish('news', 4);
    return false;
  };
  late.listen();
  await world.runtime.advance(20);
  world.bus.isLost = () => false;
  const announce = () => world.bus.post(heads, 'p');
  return { world, late, publisher, announce };
}

test('an event from after a member has joined, which a history lacks but counts, is requested when its publisher announces an earlier one', async () => {
  const { world, late, announce } = await joinBeforeAnnouncement();
  expect(late.handled).not.toContain(2);
  announce();
  await world.runtime.advance(3_000);
  expect(late.handled.filter((payload) => payload === 2)).toEqual([2]);
  expect(late.missed()).toEqual([]);
});

test('where a later event of the publisher has arrived before, the order stays', async () => {
  const { world, late, publisher, announce } = await joinBeforeAnnouncement();
  await world.publish(publisher, 5);
  await world.runtime.advance(10);
  announce();
  await world.runtime.advance(3_000);
  expect(late.handled.slice(-1)).toEqual([5]);
});
