// Covers src/backends/indexeddb/hints/hint-channel.ts
import { expect, onTestFinished, test, vi } from 'vitest';
import { stubPage } from '../frozen-page.ts';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

/** These tests show when a context posts hints, and when it knows that it is alone. */

const LONG_MS = 60_000;

const { freeze, resume, elsewhere } = stubPage();

/** How many contexts hold the lock `of`, and how many wait for it. */
async function countLocks(of: string): Promise<number[]> {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [held, pending].map((all) => all.filter(({ name }) => name === of).length);
}

function openWorld() {
  const { database, open, runtime } = openDatabase();
  const hints: unknown[] = [];
  const receiver = new BroadcastChannel(`ackline:${database}`);
  receiver.onmessage = ({ data }) => void hints.push(data);
  onTestFinished(() => receiver.close());
  const place = `ackline:${database}:turn:`;
  const lockCounts = () => countLocks(place);
  const channelsOf = (hint: unknown) => (hint as { channels: string[] }).channels;
  const hellos = () => hints.filter((hint) => channelsOf(hint).length === 0);
  return {
    runtime,
    /** Opens a context that is in line for the lock and whose hello has arrived. */
    openInLine: async (inLine: readonly [held: number, pending: number]) => {
      const before = hellos().length;
      const backend = open();
      await backend.stats('a');
      await expect.poll(lockCounts).toEqual(inLine);
      await expect.poll(() => hellos().length).toBe(before + 1);
      return backend;
    },
    open,
    lockCounts,
    /** How many contexts lead the channel `a`, and how many wait to lead it. */
    leaderCounts: () => countLocks(`${place}a`),
    /** Expects that a hint of `publisher` wakes `consumer`. */
    expectReceived: async (publisher: FullBackend, consumer: FullBackend, payload: unknown) => {
      const waiting = consumer.dequeue('a', LONG_MS);
      await expect.poll(() => countLocks(`${place}a`)).toEqual([1, 0]);
      await publisher.publish('a', payload);
      const message = await waiting;
      expect(message).toMatchObject({ payload });
      await consumer.ack(String(message?.eventId));
      // By then settled events are deleted.
      await runtime.advance(250);
    },
    /** All posted messages except hellos. */
    news: () => hints.filter((hint) => channelsOf(hint).length > 0),
    /** Posts a foreign message. Resolves when it, and all messages before it, have arrived. */
    received: () =>
      new Promise<unknown>((resolve) => {
        receiver.addEventListener('message', resolve, { once: true });
        const sender = new BroadcastChannel(`ackline:${database}`);
        sender.postMessage({ foreign: true, channels: [] });
        sender.close();
      }),
  };
}

test('a context that is alone posts no hints until another context says hello', async () => {
  const { openInLine, news, expectReceived } = openWorld();
  const first = await openInLine([1, 0]);
  await first.publish('b', 1);
  const second = await openInLine([1, 1]);
  // The hello may have been on its way when the event was published.
  await expect.poll(news).toMatchObject([{ channels: ['b'] }]);
  await expectReceived(first, second, 2);
  await expect.poll(() => news()[1]).toMatchObject({ channels: ['a'] });
  await expectReceived(second, first, 3);
});

test('a context that is alone posts no reports of its scans', async () => {
  const { openInLine, news, runtime } = openWorld();
  const first = await openInLine([1, 0]);
  // The second scan confirms the result of the first.
  for (let scan = 0; scan < 2; scan += 1) {
    const waiting = first.dequeue('a', 2_000);
    await expect.poll(() => runtime.pendingTimers).toBe(1);
    await runtime.advance(2_000);
    expect(await waiting).toBe(null);
  }
  expect(news()).toEqual([]);
});

test('a context that becomes the first in line receives the hello of later contexts', async () => {
  const { openInLine, lockCounts, expectReceived } = openWorld();
  const first = await openInLine([1, 0]);
  const second = await openInLine([1, 1]);
  await first.shutdown();
  await expect.poll(lockCounts).toEqual([1, 0]);
  const third = await openInLine([1, 1]);
  await expectReceived(second, third, 1);
  await expectReceived(third, second, 2);
});

test('a page that was frozen and resumes goes to the end of the line, and says hello', async () => {
  const { openInLine, lockCounts, expectReceived, news, received } = openWorld();
  const frozen = await openInLine([1, 0]);
  freeze();
  await expect.poll(lockCounts).toEqual([0, 0]);
  const other = await elsewhere(() => openInLine([1, 0]));
  resume();
  await expect.poll(lockCounts).toEqual([1, 1]);
  await frozen.stats('a');
  await expectReceived(other, frozen, 1);
  await expectReceived(frozen, other, 2);
  await other.shutdown();
  freeze();
  await expect.poll(lockCounts).toEqual([0, 0]);
  resume();
  await expect.poll(lockCounts).toEqual([1, 0]);
  const before = news().length;
  await frozen.publish('b', 'alone');
  await received();
  expect(news()).toHaveLength(before);
});

test('a context that publishes while a hello is on its way posts the hint when the hello arrives', async () => {
  const { openInLine, open, leaderCounts } = openWorld();
  const first = await openInLine([1, 0]);
  const onTheirWay: (() => void)[] = [];
  class Slow extends BroadcastChannel {
    override postMessage(message: unknown) {
      onTheirWay.push(() => super.postMessage(message));
    }
  }
  vi.stubGlobal('BroadcastChannel', Slow);
  const waiting = open().dequeue('a', LONG_MS);
  vi.unstubAllGlobals();
  await expect.poll(leaderCounts).toEqual([1, 0]);
  await first.publish('a', 1);
  expect(onTheirWay).toHaveLength(1);
  for (const arrive of onTheirWay) arrive();
  expect(await waiting).toMatchObject({ payload: 1 });
});

test('a context without Web Locks always posts hints', async () => {
  const { open, news } = openWorld();
  const backend = open({ locks: null });
  await backend.publish('a', 1);
  await expect.poll(news).toMatchObject([{ channels: ['a'] }]);
});

test('a context that has received any message posts hints', async () => {
  const { openInLine, received, news } = openWorld();
  const first = await openInLine([1, 0]);
  await received();
  await first.stats('a');
  await first.publish('a', 1);
  await expect.poll(() => news().length).toBe(1);
});

test('a context listens, then requests its place in the line, then says hello', async () => {
  const steps: string[] = [];
  class RecordingChannel extends BroadcastChannel {
    override addEventListener(...given: Parameters<BroadcastChannel['addEventListener']>) {
      if (given[0] === 'message') steps.push('listens');
      super.addEventListener(...given);
    }
    override postMessage(message: unknown) {
      steps.push('says hello');
      super.postMessage(message);
    }
  }
  const { open } = openWorld();
  vi.stubGlobal('BroadcastChannel', RecordingChannel);
  const request = vi.spyOn(navigator.locks, 'request');
  request.mockImplementation((name) => {
    steps.push(name.endsWith(':turn:') ? 'gets in line' : `requests ${name}`);
    return new Promise(() => undefined);
  });
  const opened = open().stats('a');
  request.mockRestore();
  expect(steps).toEqual(['listens', 'gets in line', 'says hello']);
  await opened;
});
