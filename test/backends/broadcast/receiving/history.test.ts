// Covers src/backends/broadcast/receiving/history-request.ts, src/backends/broadcast/sending/replay-buffer.ts, src/backends/broadcast/sending/replay-responder.ts
import { beforeEach, expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

/** As `handled`, with what was replayed marked. */
function listenMarked(context: ReturnType<SimulatedWorld['open']>): unknown[] {
  const { handled } = context;
  context.events.listen('news', ({ payload, replayed }) => {
    handled.push(replayed ? `again ${payload}` : payload);
  });
  return handled;
}

test('history: one that joins gets the last n, once, in order, marked, and then what is new', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 3 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2, 3, 4, 5);
  const late = world.open('late', { history: 3 });
  const handled = listenMarked(late);
  // While the history is on its way.
  world.bus.isLost = (message, _from, to) => {
    const { kind } = message as { kind: string };
    if (kind === 'history' && to === 'late') void publisher.events.publish('news', 6);
    return false;
  };
  await world.runtime.advance(200);
  await world.publish(publisher, 7);
  await world.runtime.advance(10);
  expect(handled).toEqual(['again 3', 'again 4', 'again 5', 6, 7]);
  expect(peer.handled).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(late.missed()).toEqual([]);
});

test('history: with several peers it comes once', async () => {
  const publisher = world.open('p');
  for (const name of ['one', 'two', 'three']) world.open(name, { history: 2 }).listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2, 3);
  const late = world.open('late', { history: 2 });
  const handled = listenMarked(late);
  let recallCount = 0;
  // Each message is asked about for each context: this counts those that come by one of them.
  world.bus.isLost = (message, _from, to) => {
    if ((message as { kind: string }).kind === 'recall' && to === 'p') recallCount += 1;
    return false;
  };
  await world.runtime.advance(2_000);
  expect(handled).toEqual(['again 2', 'again 3']);
  expect(recallCount).toBe(1);
});

test('history: 0 asks for none, though others have one', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 3 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1);
  const handled = listenMarked(world.open('late'));
  await world.runtime.advance(2_000);
  expect(handled).toEqual([]);
});

test('history: where no member has one, new events come without delay', async () => {
  const [publisher, first] = [world.open('p'), world.open('first', { history: 5 })];
  const handled = listenMarked(first);
  await world.runtime.advance(150);
  await world.publish(publisher, 1);
  expect(handled).toEqual([1]);
});

test('history: a peer that does not answer delays what is new by a second at most', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 3 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1);
  const late = world.open('late', { history: 3 });
  const handled = listenMarked(late);
  world.bus.isLost = (message, from) =>
    from === 'peer' && (message as { kind: string }).kind === 'history';
  await world.publish(publisher, 2);
  await world.runtime.advance(500);
  expect(handled).toEqual([]);
  await world.runtime.advance(500);
  expect(handled).toEqual([2]);
});

test('history: one that asks again after leaving gets nothing twice', async () => {
  const [publisher, peer, member] = [
    world.open('p'),
    world.open('peer', { history: 5 }),
    world.open('m', { history: 5 }),
  ];
  peer.listen();
  const listener = member.listen();
  await world.runtime.advance(1_200);
  await world.publish(publisher, 1, 2);
  await Promise.all([listener.stop(), world.runtime.advance(10)]);
  await world.publish(publisher, 3);
  const handled = listenMarked(member);
  await world.runtime.advance(200);
  expect(handled).toEqual([1, 2, 'again 3']);
});

test('history: a member that receives an event from a history sends no receipt for it, although its publisher still waits', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 3 })];
  peer.events.listen('news', () => new Promise(() => undefined));
  await world.runtime.advance(200);
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 3_000 });
  await world.runtime.advance(200);
  const handled = listenMarked(world.open('late', { history: 3 }));
  await world.runtime.advance(4_000);
  expect(handled).toEqual(['again 1']);
  expect((await waiting).receipts).toMatchObject([{ memberId: peer.memberId }]);
});

test('history: a peer keeps no more than its own n, however many are asked for', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 2 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2, 3, 4);
  const handled = listenMarked(world.open('late', { history: 100 }));
  await world.runtime.advance(2_000);
  expect(handled).toEqual(['again 3', 'again 4']);
});
