// Covers src/backends/broadcast/receiving/history-request.ts, src/backends/broadcast/receiving/publisher-streams.ts, src/backends/broadcast/sending/replay-buffer.ts, src/backends/broadcast/sending/replay-responder.ts
import { beforeEach, expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

/** Listens, and marks replayed events in `handled`. */
function listenMarked(context: ReturnType<SimulatedWorld['open']>): unknown[] {
  const { handled } = context;
  context.events.listen('news', ({ payload, replayed }) => {
    handled.push(replayed ? `again ${payload}` : payload);
  });
  return handled;
}

function drafts(...payloads: readonly unknown[]) {
  return payloads.map((payload) => ({ channel: 'news', payload }));
}

test('history: a late member gets the last n events once, in order and marked, and then new events', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 3 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2, 3, 4, 5);
  const late = world.open('late', { history: 3 });
  const handled = listenMarked(late);
  // This event is published while the history is sent.
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

/**
 * A member opens late, and `payloads` are published when it is offered a history of two events, before it asks for it. Messages of
 * the kind `lost` do not reach it.
 */
async function openLate(payloads: readonly number[], lost?: string) {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 2 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2);
  const late = world.open('late', { history: 2 });
  const handled = listenMarked(late);
  let isFirst = true;
  world.bus.isLost = (message, _from, to) => {
    const { kind } = message as { kind: string };
    const isOffer = kind === 'heads' && to === 'late';
    if (isOffer && isFirst) void publisher.events.publishMany(drafts(...payloads));
    if (isOffer) isFirst = false;
    return kind === lost && to === 'late';
  };
  return { late, handled };
}

test('history: an event that arrived before the history comes after it, in the order of its publisher', async () => {
  // The history then ends with events that the member has already.
  const { late, handled } = await openLate([3, 4, 5]);
  await world.runtime.advance(2_000);
  expect(handled.filter((payload) => typeof payload === 'number')).toEqual([3, 4, 5]);
  expect(late.missed()).toEqual([]);
});

test('history: what a member misses since it joined is requested, although the history has later events', async () => {
  const { late, handled } = await openLate([3, 4, 5, 6], 'events');
  await world.runtime.advance(2_000);
  expect(handled).toEqual([3, 4, 5, 6]);
  expect(late.missed()).toEqual([]);
});

test('history: what a member misses of a publisher that it does not know is requested, too', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 2 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2);
  await world.runtime.advance(10);
  const late = world.open('late', { history: 2 });
  const handled = listenMarked(late);
  let hello: unknown;
  world.bus.isLost = (message, from, to) => {
    const { kind, joined = [] } = message as { kind: string; joined?: readonly string[] };
    const isJoining = kind === 'hello' && joined.length > 0 && hello === undefined;
    if (isJoining && to === 'peer') hello = message;
    return isJoining || (kind !== 'hello' && from === 'p' && to === 'late');
  };
  await world.runtime.advance(20);
  await world.publish(publisher, 3, 4, 5, 6);
  world.bus.post(hello, 'late');
  await world.runtime.advance(10);
  expect(handled).toEqual([3, 4, 5, 6]);
});

test('history: a member that waits for one gives the events that wait to a member that returns', async () => {
  const [publisher, peer, frozen] = [
    world.open('p'),
    world.open('peer', { history: 2 }),
    world.open('frozen'),
  ];
  peer.listen();
  frozen.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1);
  await world.runtime.settle();
  frozen.freeze();
  const late = world.open('late', { history: 2 });
  late.listen();
  world.bus.isLost = (message, _from, to) => {
    const { kind } = message as { kind: string };
    return kind === 'history' || (kind === 'events' && to === 'peer');
  };
  await world.runtime.advance(200);
  await world.publish(publisher, 2);
  await publisher.events.shutdown();
  await frozen.resume();
  await world.runtime.advance(500);
  expect(late.handled).toEqual([]);
  expect(frozen.handled).toEqual([1, 2]);
});

test('history: with several peers only one is asked, and each event is delivered once', async () => {
  const publisher = world.open('p');
  for (const name of ['one', 'two', 'three']) world.open(name, { history: 2 }).listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2, 3);
  const late = world.open('late', { history: 2 });
  const handled = listenMarked(late);
  let recallCount = 0;
  // `isLost` is called once for each receiver, so this counts the calls for one receiver.
  world.bus.isLost = (message, _from, to) => {
    if ((message as { kind: string }).kind === 'recall' && to === 'p') recallCount += 1;
    return false;
  };
  await world.runtime.advance(2_000);
  expect(handled).toEqual(['again 2', 'again 3']);
  expect(recallCount).toBe(1);
});

test('history: with 0 a member requests none', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 3 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1);
  const handled = listenMarked(world.open('late'));
  await world.runtime.advance(2_000);
  expect(handled).toEqual([]);
});

test('history: when no member has one, new events are delivered without delay', async () => {
  const [publisher, first] = [world.open('p'), world.open('first', { history: 5 })];
  const handled = listenMarked(first);
  await world.runtime.advance(150);
  await world.publish(publisher, 1);
  expect(handled).toEqual([1]);
});

test('history: when a peer does not answer, new events are delayed by a second at most', async () => {
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

test('history: a member that leaves and joins again gets no event twice', async () => {
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

test('history: the answer to an earlier membership is not taken for that to the present one', async () => {
  const [publisher, peer, member] = [
    world.open('p'),
    world.open('peer', { history: 5 }),
    world.open('m', { history: 5 }),
  ];
  peer.listen();
  await world.runtime.advance(1_200);
  await world.publish(publisher, 1);
  const histories: unknown[] = [];
  world.bus.isLost = (message) => {
    const isHistory = (message as { kind: string }).kind === 'history';
    if (isHistory) histories.push(structuredClone(message));
    return isHistory;
  };
  const listener = member.listen();
  await world.runtime.advance(200);
  await Promise.all([listener.stop(), world.runtime.advance(10)]);
  await world.publish(publisher, 2);
  const handled = listenMarked(member);
  await world.runtime.advance(200);
  world.bus.isLost = () => false;
  const sent = new Set(histories.map((message) => JSON.stringify(message)));
  for (const message of sent) world.bus.post(JSON.parse(message), 'peer');
  await world.runtime.advance(200);
  expect([sent.size, handled]).toEqual([2, ['again 1', 'again 2']]);
});

test('history: for an event of a history a member sends no receipt, although its publisher still waits', async () => {
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

test('history: a peer sends at most its own n events, for any requested number', async () => {
  const [publisher, peer] = [world.open('p'), world.open('peer', { history: 2 })];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(publisher, 1, 2, 3, 4);
  const handled = listenMarked(world.open('late', { history: 100 }));
  await world.runtime.advance(2_000);
  expect(handled).toEqual(['again 3', 'again 4']);
});
