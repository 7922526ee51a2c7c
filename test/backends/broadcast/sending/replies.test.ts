// Covers src/backends/broadcast/receiving/receipt-sender.ts, src/backends/broadcast/sending/event-sender.ts
import { beforeEach, expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

test('request: when some members acknowledge without a reply, it resolves with the first reply', async () => {
  const [asking, silent, replying] = [world.open('a'), world.open('s'), world.open('r')];
  silent.listen();
  replying.events.listen('news', (delivery) => delivery.ack({ token: 'secret', at: new Date(0) }));
  const reply = await world.settled(asking.events.request('news', 'token?'));
  expect(reply).toEqual({ token: 'secret', at: new Date(0) });
});

test('request: the requesting context gets no copy', async () => {
  const asking = world.open('a');
  asking.events.listen('news', (delivery) => delivery.ack('mine'));
  await expect(world.settled(asking.events.request('news', 1))).rejects.toMatchObject({
    code: 'no-members',
    channel: 'news',
  });
});

test('request: null, false and 0 are replies', async () => {
  const [asking, replying] = [world.open('a'), world.open('r')];
  replying.events.listen('news', (delivery) => delivery.ack(delivery.payload));
  for (const reply of [null, false, 0, ''])
    expect(await world.settled(asking.events.request('news', reply))).toBe(reply);
});

test('request: the error states whether no member replied, or none in time', async () => {
  const [asking, silent] = [world.open('a'), world.open('s')];
  const listener = silent.listen();
  await expect(world.settled(asking.events.request('news', 1))).rejects.toMatchObject({
    code: 'no-reply',
    receipts: [{ outcome: 'acknowledged' }],
  });
  await Promise.all([listener.stop(), world.runtime.advance(10)]);
  silent.events.listen('news', () => new Promise(() => undefined));
  await expect(
    world.settled(asking.events.request('news', 1, { timeoutMs: 500 }), 1_000),
  ).rejects.toMatchObject({ code: 'timeout', receipts: [{ outcome: 'timed-out' }] });
  await expect(asking.events.request('news', 1, { timeoutMs: -1 })).rejects.toThrow('timeoutMs');
  await expect(asking.events.request('news', 1, null as never)).rejects.toThrow(
    'options must be an object, got null',
  );
});

test('reply: when a reply can be cloned but not sent, only that reply is lost, and the other receipts arrive', async () => {
  const [asking, replying] = [world.open('a'), world.open('r')];
  world.bus.isLost = (message) => {
    if (JSON.stringify(message).includes('"reply":"not to be sent"'))
      throw new DOMException('cannot be sent', 'DataCloneError');
    return false;
  };
  replying.events.listen('news', ({ ack, payload }) => ack(payload), { concurrency: 9 });
  const replies = ['first', 'not to be sent', 'last'];
  const asked = replies.map((reply) =>
    asking.events.publishConfirmed('news', reply, null, { confirm: 'all' }),
  );
  const confirmations = await world.settled(Promise.all(asked), 1_000);
  expect(confirmations.map(({ receipts }) => receipts)).toMatchObject([
    [{ outcome: 'acknowledged', reply: 'first' }],
    [{ outcome: 'acknowledged' }],
    [{ outcome: 'acknowledged', reply: 'last' }],
  ]);
  expect(confirmations[1]?.receipts[0]).not.toHaveProperty('reply');
  expect(replying.observer.of('fault')).toMatchObject([{ error: { name: 'DataCloneError' } }]);
});

test('reply: a reply that cannot be cloned or is too large is refused, and the event stays unsettled', async () => {
  const [asking, replying] = [world.open('a'), world.open('r')];
  const refusals: unknown[] = [];
  replying.events.listen('news', async (delivery) => {
    for (const reply of [{ run: () => 1 }, 'x'.repeat(1_000_000)])
      await delivery.ack(reply).catch((error: unknown) => refusals.push(error));
    await delivery.ack('at last');
  });
  expect(await world.settled(asking.events.request('news', 1))).toBe('at last');
  expect(refusals).toMatchObject([
    { code: 'not-cloneable', path: 'reply.run', channel: 'news' },
    { code: 'too-large', path: 'reply', channel: 'news' },
  ]);
});

test('reply: the publisher gets a copy, also from its own context', async () => {
  const both = world.open('a');
  const reply = { count: 1 };
  both.events.listen('news', async (delivery) => {
    await delivery.ack(reply);
    reply.count = 2;
  });
  const { receipts } = await world.settled(both.events.publishConfirmed('news', 1));
  expect(receipts).toMatchObject([{ isSelf: true, reply: { count: 1 } }]);
});

test('reply: ack of the channel accepts a delivery of that channel and a reply', async () => {
  const [asking, replying] = [world.open('a'), world.open('r')];
  await replying.events.dequeue('news', { pollIntervalMs: 0 });
  const request = asking.events.request('news', 'question');
  await world.runtime.advance(150);
  const delivery = await replying.events.dequeue('news', { pollIntervalMs: 0 });
  if (delivery) await replying.events.ack(delivery, { reply: 'answer' });
  expect(await world.settled(request)).toBe('answer');
});

test('reply: when no publisher waits for it, it is not sent', async () => {
  const [publisher, replying] = [world.open('p'), world.open('r')];
  replying.events.listen('news', (delivery) => delivery.ack('unheard'));
  await world.publish(publisher, 1);
  expect(publisher.ignored()).toEqual([]);
  expect(await replying.events.stats('news')).toMatchObject({ ready: 0, leased: 0 });
});
