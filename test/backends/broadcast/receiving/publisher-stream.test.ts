import { beforeEach, expect, test } from 'vitest';
import { loseOnce, SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

test('repair: an answer that is overtaken by a later event of the publisher removes no event', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  const answers = withholdAnswers(loseOnce('events', 2));
  await world.publish(publisher, 2, 3, 4);
  // No context can send the later event again.
  await publisher.events.shutdown();
  world.bus.isLost = () => false;
  for (const answer of answers) world.bus.post(answer, 'publisher');
  await world.runtime.advance(1);
  expect([answers.length, member.handled]).toEqual([1, [1, 2, 3, 4]]);
  expect(member.missed()).toEqual([]);
});

test('repair: an answer that comes again after the next question removes no event', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  const answers = withholdAnswers(loseOnce('events', 2));
  await world.publish(publisher, 2, 3);
  world.bus.isLost = () => false;
  for (const answer of answers) world.bus.post(answer, 'publisher');
  await world.runtime.settle();
  const later = withholdAnswers(loseOnce('events', 4));
  await world.publish(publisher, 4, 5);
  world.bus.isLost = () => false;
  for (const answer of answers) world.bus.post(answer, 'publisher');
  await world.runtime.advance(100);
  expect([answers.length, later.length, member.handled]).toEqual([1, 1, [1, 2, 3]]);
  for (const answer of later) world.bus.post(answer, 'publisher');
  await world.runtime.settle();
  expect(member.handled).toEqual([1, 2, 3, 4, 5]);
  expect([member.missed(), member.ignored()]).toEqual([[], []]);
});

test('repair: after an answer that is older than an announcement, the publisher is asked again', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  const answers = withholdAnswers(loseOnce('events', 2, 4));
  await world.publish(publisher, 2, 3, 4);
  const { memberId } = publisher;
  const announced = { channel: 'news', publisher: memberId, seq: 4 };
  const heads = { to: member.memberId, heads: [announced], joined: [], histories: [] };
  world.bus.post({ ackline: 1, kind: 'heads', from: memberId, ...heads }, 'publisher');
  world.bus.isLost = () => false;
  for (const answer of answers) world.bus.post(answer, 'publisher');
  await world.runtime.advance(1);
  expect([answers.length, member.handled]).toEqual([1, [1, 2, 3, 4]]);
  expect(member.missed()).toEqual([]);
});

test('repair: a context that knows of fewer events does not make a member want those from before it joined', async () => {
  const [publisher, behind] = [world.open('publisher'), world.open('behind')];
  const [peer, member] = [world.open('peer'), world.open('member')];
  behind.listen();
  peer.listen();
  world.bus.isLost = (message, _from, to) =>
    to === 'behind' && loseOnce('events', 2, 3)(message, '', to);
  await world.publish(publisher, 1, 2, 3);
  await publisher.events.shutdown();
  world.bus.isLost = () => false;
  await world.runtime.advance(1_000);
  member.listen();
  await world.runtime.advance(1_000);
  member.freeze();
  await world.runtime.advance(10);
  await member.resume();
  await world.runtime.advance(10_000);
  expect([behind.handled, peer.handled, member.handled]).toEqual([[1], [1, 2, 3], []]);
  expect(member.missed()).toEqual([]);
});

/** Loses the answers to questions, and what `isLost` says. Returns the answers. */
function withholdAnswers(isLost: SimulatedWorld['bus']['isLost']): unknown[] {
  const answers: unknown[] = [];
  world.bus.isLost = (message, from, to) => {
    const isAnswer = (message as { kind: string }).kind === 'replay';
    if (isAnswer) answers.push(structuredClone(message));
    return isAnswer || isLost(message, from, to);
  };
  return answers;
}
