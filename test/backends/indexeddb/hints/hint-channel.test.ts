// Covers src/backends/indexeddb/hints/hint-channel.ts
import { expect, onTestFinished, test, vi } from 'vitest';
import { stubPage } from '../frozen-page.ts';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

/** When a context posts hints, and when it knows that it is alone. */

const LONG_MS = 60_000;

const { freeze, resume, elsewhere } = stubPage();

/** How many contexts hold the lock, and how many wait for it. */
async function countLocks(of: string): Promise<number[]> {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [held, pending].map((all) => all.filter(({ name }) => name === of).length);
}

function openWorld() {
  const { database, open, runtime } = openDatabase();
  const hints: unknown[] = [];
  const ear = new BroadcastChannel(`ackline:${database}`);
  ear.onmessage = ({ data }) => void hints.push(data);
  onTestFinished(() => ear.close());
  const place = `ackline:${database}:turn:`;
  const standing = () => countLocks(place);
  return {
    runtime,
    /** In line for the place, and all that it said when it came is heard. */
    openInLine: async (inLine: readonly [held: number, pending: number]) => {
      const said = hints.length;
      const backend = open();
      await backend.stats('a');
      await expect.poll(standing).toEqual(inLine);
      await expect.poll(() => hints.length).toBe(said + 1);
      return backend;
    },
    open,
    standing,
    /** A hint of `publisher` reaches `consumer`, which sleeps. */
    expectHeard: async (publisher: FullBackend, consumer: FullBackend, payload: unknown) => {
      const waiting = consumer.dequeue('a', LONG_MS);
      await expect.poll(() => countLocks(`${place}a`)).toEqual([1, 0]);
      await publisher.publish('a', payload);
      const message = await waiting;
      expect(message).toMatchObject({ payload });
      await consumer.ack(String(message?.eventId));
      // What was settled is cleared away.
      await runtime.advance(250);
    },
    /** All that is posted, but what contexts say when they come. */
    news: () => hints.filter((hint) => (hint as { channels: string[] }).channels.length > 0),
    /** A stranger has posted something, and it and all before it was heard. */
    said: () =>
      new Promise<unknown>((resolve) => {
        ear.addEventListener('message', resolve, { once: true });
        const mouth = new BroadcastChannel(`ackline:${database}`);
        mouth.postMessage({ foreign: true, channels: [] });
        mouth.close();
      }),
  };
}

test('a context that is alone posts no hints until another context says hello', async () => {
  const { openInLine, news, expectHeard } = openWorld();
  const first = await openInLine([1, 0]);
  await first.publish('b', 1);
  const second = await openInLine([1, 1]);
  await expectHeard(first, second, 2);
  await expect.poll(() => news()[0]).toMatchObject({ channels: ['a'] });
  await expectHeard(second, first, 3);
});

test('a context that is alone posts no reports of its scans', async () => {
  const { openInLine, news, runtime } = openWorld();
  const first = await openInLine([1, 0]);
  // The second look confirms what the first one saw.
  for (let look = 0; look < 2; look += 1) {
    const waiting = first.dequeue('a', 2_000);
    await expect.poll(() => runtime.pendingTimers).toBe(1);
    await runtime.advance(2_000);
    expect(await waiting).toBe(null);
  }
  expect(news()).toEqual([]);
});

test('a context that becomes the first in line receives the hello of later contexts', async () => {
  const { openInLine, standing, expectHeard } = openWorld();
  const first = await openInLine([1, 0]);
  const second = await openInLine([1, 1]);
  await first.shutdown();
  await expect.poll(standing).toEqual([1, 0]);
  const third = await openInLine([1, 1]);
  await expectHeard(second, third, 1);
  await expectHeard(third, second, 2);
});

test('a page that was frozen goes to the end of the line, and says hello', async () => {
  const { openInLine, standing, expectHeard, news, said } = openWorld();
  const frozen = await openInLine([1, 0]);
  freeze();
  await expect.poll(standing).toEqual([0, 0]);
  const other = await elsewhere(() => openInLine([1, 0]));
  resume();
  await expect.poll(standing).toEqual([1, 1]);
  await frozen.stats('a');
  await expectHeard(other, frozen, 1);
  await expectHeard(frozen, other, 2);
  await other.shutdown();
  freeze();
  await expect.poll(standing).toEqual([0, 0]);
  resume();
  await expect.poll(standing).toEqual([1, 0]);
  const before = news().length;
  await frozen.publish('b', 'alone');
  await said();
  expect(news()).toHaveLength(before);
});

test('a context without Web Locks always posts hints', async () => {
  const { open, news } = openWorld();
  const backend = open({ locks: null });
  await backend.publish('a', 1);
  await expect.poll(news).toMatchObject([{ channels: ['a'] }]);
});

test('a context that has received any message posts hints', async () => {
  const { openInLine, said, news } = openWorld();
  const first = await openInLine([1, 0]);
  await said();
  await first.stats('a');
  await first.publish('a', 1);
  await expect.poll(() => news().length).toBe(1);
});

test('a context listens, then requests its place in the line, then says hello', async () => {
  const steps: string[] = [];
  class Noting extends BroadcastChannel {
    override addEventListener(...given: Parameters<BroadcastChannel['addEventListener']>) {
      if (given[0] === 'message') steps.push('listens');
      super.addEventListener(...given);
    }
    override postMessage(message: unknown) {
      steps.push('says so');
      super.postMessage(message);
    }
  }
  const { open } = openWorld();
  vi.stubGlobal('BroadcastChannel', Noting);
  const request = vi.spyOn(navigator.locks, 'request');
  request.mockImplementation((name) => {
    steps.push(`stands in line ${name.endsWith(':turn:')}`);
    return new Promise(() => undefined);
  });
  const opened = open().stats('a');
  request.mockRestore();
  expect(steps).toEqual(['listens', 'stands in line true', 'says so']);
  await opened;
});
