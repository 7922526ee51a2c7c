// Covers src/backends/broadcast/wire/wire-lifecycle.ts, src/backends/broadcast/wire/message-wire.ts, src/backends/broadcast/wire/once.ts
import { EventChannel } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend } from 'ackline/broadcast';
import { ManualRuntime, recordingObserver } from 'ackline/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SimulatedBus } from '../../../support/simulated-bus.ts';
import { stubPage } from '../../indexeddb/frozen-page.ts';
import { newName, openOn } from '../open-on.ts';

/** These tests show when the wire opens and closes. In Deno an open BroadcastChannel keeps its process alive. */

const { freeze, resume } = stubPage();

/** Counts the BroadcastChannels that are opened and closed. */
function countWires() {
  const counts = { opened: 0, closed: 0 };
  class CountingChannel extends BroadcastChannel {
    constructor(name: string) {
      super(name);
      counts.opened += 1;
    }
    override close() {
      counts.closed += 1;
      super.close();
    }
  }
  vi.stubGlobal('BroadcastChannel', CountingChannel);
  return counts;
}

type Context = ReturnType<typeof openOn>;

test('a backend opens no wire at its creation or at its shutdown', async () => {
  const counts = countWires();
  const { events } = openOn(newName());
  freeze();
  resume();
  await events.shutdown();
  expect(counts).toEqual({ opened: 0, closed: 0 });
});

test.each<[string, (context: Context) => unknown]>([
  ['join', ({ backend }) => backend.join('news')],
  ['publish', ({ backend }) => backend.publish('news', 1)],
  ['publishConfirmed', ({ backend }) => backend.publishConfirmed({ channel: 'news', payload: 1 })],
  ['members', ({ backend }) => backend.members('news')],
  ['watchMembers', ({ backend }) => backend.watchMembers('news', () => undefined)],
  ['dequeue', ({ backend }) => backend.dequeue('news', 0)],
])('%s opens the wire once, and shutdown closes it', async (_, use) => {
  const counts = countWires();
  const context = openOn(newName());
  await use(context);
  await use(context);
  expect(counts).toEqual({ opened: 1, closed: 0 });
  await context.events.shutdown();
  expect(counts).toEqual({ opened: 1, closed: 1 });
});

test('on a frozen page the first publish waits, and the wire opens when the page resumes', async () => {
  const counts = countWires();
  const { backend } = openOn(newName());
  freeze();
  const published = backend.publish('news', 1);
  expect(counts.opened).toBe(0);
  resume();
  await published;
  expect(counts.opened).toBe(1);
});

/** Contexts whose open wire keeps their process alive, so they close the wire when nothing needs it. */
function openProcesses() {
  const runtime = new ManualRuntime();
  const bus = new SimulatedBus();
  const open = (owner: string, options: Partial<BroadcastBackendOptions> = {}) => {
    const counts = { opened: 0, closed: 0 };
    const openWire = (name: string) => {
      const wire = bus.openFor(owner)(name);
      counts.opened += 1;
      const close = () => {
        counts.closed += 1;
        wire.close();
      };
      return { ...wire, close, keepsProcess: true };
    };
    const given = { name: 'processes', runtime, locks: null, openWire, ...options };
    const backend = broadcastBackend(given);
    const observer = recordingObserver();
    const events = new EventChannel({ backend, observer });
    onTestFinished(() => {
      const down = events.shutdown({ mode: 'release' });
      return runtime.advance(1_000).then(() => down);
    });
    const handled: unknown[] = [];
    const listen = () => events.listen('news', ({ payload }) => handled.push(payload));
    const isOpen = () => counts.opened > counts.closed;
    return { backend, events, counts, isOpen, handled, listen, observer };
  };
  const settled = async <T>(waiting: Promise<T>, ms = 200): Promise<T> => {
    await runtime.advance(ms);
    return waiting;
  };
  return { runtime, bus, open, settled };
}

test('five seconds after its last publish a publisher of a process closes its wire, and the next publish opens it', async () => {
  const { runtime, open } = openProcesses();
  const { events, counts, isOpen } = open('publisher');
  await events.publish('news', 1);
  await runtime.advance(4_000);
  await events.publish('news', 2);
  await runtime.advance(4_900);
  expect(counts).toEqual({ opened: 1, closed: 0 });
  await runtime.advance(200);
  expect(counts).toEqual({ opened: 1, closed: 1 });
  await events.publish('news', 3);
  expect(isOpen()).toBe(true);
});

test('while a context is a member, the wire of its process stays open, and after it has left the wire closes', async () => {
  const { runtime, open } = openProcesses();
  const { backend, isOpen, listen } = open('member');
  const leave = backend.join('news');
  const listener = listen();
  await runtime.advance(60_000);
  leave();
  await runtime.advance(60_000);
  expect(isOpen()).toBe(true);
  await listener.stop();
  await runtime.advance(6_000);
  expect(isOpen()).toBe(false);
});

test('while a call waits for members or members are watched, the wire of a process stays open', async () => {
  const { runtime, open, settled } = openProcesses();
  const [publisher, member] = [open('publisher'), open('member')];
  member.events.listen('news', () => new Promise(() => undefined));
  await runtime.advance(200);
  const options = { timeoutMs: 60_000 };
  const waiting = publisher.events.publishConfirmed('news', 1, null, options);
  await runtime.advance(59_000);
  expect(publisher.isOpen()).toBe(true);
  expect((await settled(waiting, 2_000)).receipts).toMatchObject([{ outcome: 'timed-out' }]);
  const stop = publisher.events.watchMembers('news', () => undefined);
  await runtime.advance(60_000);
  expect(publisher.isOpen()).toBe(true);
  stop();
  stop();
  await runtime.advance(6_000);
  expect(publisher.isOpen()).toBe(false);
});

test('after its wire was closed and opened again, a process finds the members', async () => {
  const { runtime, open, settled } = openProcesses();
  const [asking, early] = [open('asking'), open('early')];
  early.listen();
  expect(await settled(asking.events.members('news'))).toHaveLength(1);
  await runtime.advance(10_000);
  expect(asking.isOpen()).toBe(false);
  await early.events.shutdown();
  const late = open('late');
  late.listen();
  await runtime.advance(10_000);
  expect(await settled(asking.events.members('news'))).toEqual([
    { memberId: late.backend.memberId, isSelf: false },
  ]);
});

test('after a publisher opened its wire again, events that a member missed are repaired', async () => {
  const { runtime, bus, open } = openProcesses();
  const [publisher, member] = [open('publisher'), open('member')];
  member.listen();
  await publisher.events.publish('news', 1);
  await runtime.advance(100);
  bus.isLost = (_message, from) => from === 'publisher';
  await publisher.events.publish('news', 2);
  await runtime.advance(10_000);
  bus.isLost = () => false;
  expect(publisher.isOpen()).toBe(false);
  await publisher.events.publish('other', 'of another channel');
  await runtime.advance(1_000);
  expect(member.handled).toEqual([1, 2]);
  expect(member.observer.of('events-missed')).toEqual([]);
});

test('each question of a member that lacks events keeps the wire of a process open for five more seconds', async () => {
  const { runtime, bus, open } = openProcesses();
  const { events, backend, isOpen } = open('publisher');
  await events.publish('news', 1);
  const { memberId: to, memberId: publisher } = backend;
  const stream = { channel: 'news', publisher, after: 0, upTo: 1, since: null };
  const ask = { kind: 'ask', to, question: 1, ...stream };
  for (let count = 0; count < 5; count += 1) {
    await runtime.advance(4_000);
    bus.post({ ackline: 1, from: 'member', ...ask });
  }
  await runtime.advance(4_900);
  expect(isOpen()).toBe(true);
  await runtime.advance(200);
  expect(isOpen()).toBe(false);
});

test('a context that has left a channel opens its wire again to send the receipt of a settled event', async () => {
  const { runtime, bus, open, settled } = openProcesses();
  const [publisher, member] = [open('publisher'), open('member')];
  const iterator = member.events.iterEvents('news');
  const first = iterator.next();
  await runtime.advance(200);
  const options = { timeoutMs: 60_000 };
  const waiting = publisher.events.publishConfirmed('news', 1, null, options);
  await runtime.advance(200);
  const { value: delivery } = await first;
  await settled(Promise.resolve(iterator.return?.()));
  expect((await waiting).receipts).toMatchObject([{ outcome: 'vanished' }]);
  await runtime.advance(10_000);
  expect(member.isOpen()).toBe(false);
  const sent: unknown[] = [];
  bus.isLost = (message) => {
    sent.push(message);
    return false;
  };
  // The message arrives only if the wire is open.
  publisher.events.watchMembers('news', () => undefined);
  await settled(delivery.ack());
  expect(member.isOpen()).toBe(true);
  expect(sent).toContainEqual(expect.objectContaining({ kind: 'receipts' }));
});
