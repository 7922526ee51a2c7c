// Covers src/backends/broadcast/receiving/publisher-stream.ts, src/backends/broadcast/wire/messages.ts
import type { Wire } from 'ackline/broadcast';
import { beforeEach, expect, test } from 'vitest';
import { type SimulatedContext, SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;
let publisher: SimulatedContext;
let member: SimulatedContext;

beforeEach(async () => {
  world = new SimulatedWorld();
  publisher = world.open('publisher');
  member = world.open('member');
  member.listen();
  await world.publish(publisher, 1, 2);
});

/** Posts a message as a script of the origin can that reads all messages. */
function forge(kind: string, rest: object, from = publisher.memberId): void {
  world.bus.post({ ackline: 1, kind, from, ...rest });
}

/** Loses the answers to questions. Returns the number of the last question, as a script of the origin can read it. */
function loseAnswers(): { question: number } {
  const asked = { question: 0 };
  world.bus.isLost = (message) => {
    const { kind, question = 0 } = message as { kind: string; question?: number };
    if (kind === 'ask') asked.question = question;
    return kind === 'replay';
  };
  return asked;
}

function forgedEvent(seq: number, payload: unknown) {
  const { memberId } = publisher;
  const base = { channel: 'news', publisher: memberId, seq, eventId: `forged-${seq}` };
  return { ...base, payload, metadata: null, createdAt: world.runtime.now() };
}

test('a forged event with the next number of a publisher does not replace the real event of that number', async () => {
  forge('events', { events: [forgedEvent(3, 'forged')] });
  await world.publish(publisher, 3, 4);
  expect(member.handled).toEqual([1, 2, 'forged', 3, 4]);
  expect(member.missed()).toEqual([]);
});

test('a forged event with a later number replaces no event', async () => {
  forge('events', { events: [forgedEvent(4, 'forged')] });
  await world.publish(publisher, 3, 4, 5);
  await world.runtime.advance(3_000);
  expect(member.handled.filter((payload) => payload !== 'forged')).toEqual([1, 2, 3, 4, 5]);
  expect(member.missed()).toEqual([]);
});

test('after a forged number far ahead, the last number of the publisher corrects it, and no event is reported as missed', async () => {
  forge('events', { events: [forgedEvent(5, 'forged'), forgedEvent(1_000_000, 'forged')] });
  await world.runtime.advance(3_000);
  await world.publish(publisher, 3, 4, 5, 6);
  expect(member.handled).toEqual([1, 2, 'forged', 'forged', 3, 4, 5, 6]);
  expect(member.missed()).toEqual([]);
});

test('a head that does not exist is corrected by the publisher', async () => {
  forge('heads', {
    to: member.memberId,
    heads: [{ channel: 'news', publisher: publisher.memberId, seq: 500 }],
    joined: [],
    histories: [],
  });
  await world.runtime.advance(3_000);
  await world.publish(publisher, 3);
  expect(member.handled).toEqual([1, 2, 3]);
  expect(member.missed()).toEqual([]);
});

test('a replay that was not requested is ignored', async () => {
  const { memberId } = publisher;
  const replay = { question: 1, channel: 'news', publisher: memberId, head: 9, after: 2 };
  forge('replay', { ...replay, to: member.memberId, events: [forgedEvent(3, 'forged')] });
  await world.publish(publisher, 3);
  expect(member.handled).toEqual([1, 2, 3]);
  expect(member.ignored()).toEqual(['unexpected']);
});

test('a history that was not requested is ignored', async () => {
  const events = [forgedEvent(1, 'forged')];
  forge('history', { to: member.memberId, question: 1, channel: 'news', events, heads: [] });
  await world.runtime.settle();
  expect(member.handled).toEqual([1, 2]);
  expect(member.ignored()).toEqual(['unexpected']);
});

test('an event whose publisher is not its sender, and a message whose sender is its receiver, are ignored', async () => {
  forge('events', { events: [forgedEvent(3, 'forged')] }, 'another');
  forge('events', { events: [] }, member.memberId);
  await world.runtime.settle();
  expect(member.handled).toEqual([1, 2]);
  expect(member.ignored()).toEqual(['impersonation', 'impersonation']);
});

test('a message for another context is not read', async () => {
  const stream = { question: 1, channel: 'news', publisher: publisher.memberId };
  forge('replay', { to: 'other', ...stream, head: 1, after: 0, events: [] });
  await world.runtime.settle();
  expect(member.ignored()).toEqual([]);
});

test('after a forged goodbye the next heartbeat adds the member again', async () => {
  const members = async () => {
    const query = publisher.events.members('news');
    await world.runtime.advance(100);
    return query;
  };
  expect(await members()).toHaveLength(1);
  forge('bye', { channels: ['news'] }, member.memberId);
  await world.runtime.settle();
  expect(await members()).toEqual([]);
  await world.runtime.advance(2_000);
  expect(await members()).toMatchObject([{ memberId: member.memberId }]);
});

test('a forged answer in the name of the asked member cannot remove buffered events', async () => {
  member.freeze();
  const late = world.open('late');
  await world.publish(late, 'l1', 'l2');
  const asked = loseAnswers();
  await member.resume();
  await world.publish(late, 'l3');
  const stream = { ...asked, channel: 'news', publisher: late.memberId, head: 3 };
  forge('replay', { ...stream, to: member.memberId, after: 1_000, events: [] }, late.memberId);
  await world.runtime.advance(5_000);
  expect(member.handled).toContain('l3');
});

test('a forged answer that names an earlier last number removes no event that has arrived', async () => {
  forge('events', { events: [forgedEvent(1, 'forged')] });
  const asked = loseAnswers();
  await world.publish(publisher, 3);
  world.bus.isLost = () => false;
  const stream = { ...asked, channel: 'news', publisher: publisher.memberId, head: 1 };
  forge('replay', { ...stream, to: member.memberId, after: 1, events: [] });
  await world.runtime.settle();
  expect(member.handled).toEqual([1, 2, 'forged', 3]);
});

test('a forged event with a number that was passed removes no event that has arrived', async () => {
  forge('events', { events: [forgedEvent(1, 'forged')] });
  world.bus.isLost = (message) => (message as { kind: string }).kind === 'replay';
  await world.publish(publisher, 3);
  forge('events', { events: [{ ...forgedEvent(1, 'forged'), eventId: 'another' }] });
  await world.runtime.settle();
  expect(member.handled).toEqual([1, 2, 'forged', 3, 'forged']);
});

/** Opens a member with a history. `receive` hands it a message that was not copied, so it can have values that cannot be sent. */
async function openKeeper() {
  const openWire = world.bus.openFor('keeper');
  const listeners: Parameters<Wire['addEventListener']>[1][] = [];
  const keeper = world.open('keeper', {
    history: 10,
    openWire: (name) => {
      const wire = openWire(name);
      const addEventListener: Wire['addEventListener'] = (type, listener) => {
        listeners.push(listener);
        wire.addEventListener(type, listener);
      };
      return { ...wire, addEventListener };
    },
  });
  keeper.listen();
  await world.runtime.advance(2_000);
  const receive = (message: object) => {
    const data = { ackline: 1, from: publisher.memberId, ...message };
    listeners[0]?.({ data });
  };
  return { keeper, receive };
}

const notSendable = (): undefined => undefined;

test('an event with a payload that cannot be copied is ignored', async () => {
  const { keeper, receive } = await openKeeper();
  await world.publish(publisher, 3);
  let payload: unknown = 'forged';
  for (let level = 0; level < 1_500; level += 1) payload = [payload];
  receive({ kind: 'events', events: [forgedEvent(3, payload)] });
  await world.publish(publisher, 4);
  expect(keeper.handled).toEqual([3, 4]);
  expect(keeper.ignored()).toEqual(['malformed']);
  expect(keeper.observer.of('fault')).toEqual([]);
});

test('an event that a context can receive but not send is left out of its answers', async () => {
  const { keeper, receive } = await openKeeper();
  await world.publish(publisher, 3);
  receive({ kind: 'events', events: [{ ...forgedEvent(3, 'forged'), notSendable }] });
  await world.publish(publisher, 4);
  expect(keeper.handled).toEqual([3, 'forged', 4]);
  const late = world.open('late', { history: 10 });
  late.listen();
  await world.runtime.advance(2_000);
  expect(late.handled).toEqual([3, 4]);
});

test('a list with a property that cannot be sent stops no answer', async () => {
  const { keeper, receive } = await openKeeper();
  await world.publish(keeper, 3);
  const joined = Object.assign(['news'], { notSendable });
  const lists = { channels: ['news'], joined, returned: [] };
  expect(() => receive({ kind: 'hello', asks: true, ...lists })).not.toThrow();
});

test('a flood of one channel does not make another channel deliver an event again', async () => {
  const real: unknown[] = [];
  world.bus.isLost = (message) => {
    real.push(structuredClone(message));
    return false;
  };
  await world.publish(publisher, 3);
  world.bus.isLost = () => false;
  member.listen('flooded');
  const events = Array.from({ length: 10_001 }, (_, index) => ({
    ...forgedEvent(index + 1, 'flood'),
    channel: 'flooded',
  }));
  forge('events', { events });
  await world.runtime.settle();
  for (const message of real) world.bus.post(message, 'publisher');
  await world.runtime.settle();
  expect(member.handled.filter((payload) => payload !== 'flood')).toEqual([1, 2, 3]);
});

test('a channel that was left and joined again delivers no event again', async () => {
  const real: unknown[] = [];
  world.bus.isLost = (message) => {
    real.push(structuredClone(message));
    return false;
  };
  await world.publish(publisher, 3);
  world.bus.isLost = () => false;
  const left = member.events.stopListener('news');
  await world.runtime.settle();
  await left;
  member.listen();
  await world.runtime.advance(1_000);
  for (const message of real) world.bus.post(message, 'publisher');
  await world.runtime.settle();
  expect(member.handled).toEqual([1, 2, 3]);
});
