// Covers src/backends/broadcast/members/heartbeat-roster.ts
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/until.ts';

const THREAD = new URL('../contexts/thread.ts', import.meta.url);
const SOURCES = ['--import', './test/setup/source-entries.mjs'];
const PATIENCE = { timeout: 60_000 };

function openHere(name: string): EventChannel {
  const events = new EventChannel({ backend: broadcastBackend({ name }) });
  onTestFinished(() => events.shutdown());
  return events;
}

/** A thread of its own, with what it has seen. */
function startThread(workerData: { readonly name: string; readonly hangs?: boolean }) {
  const worker = new Worker(THREAD, { workerData, execArgv: SOURCES });
  const seen: unknown[] = [];
  worker.on('message', (payload) => seen.push(payload));
  onTestFinished(() => worker.terminate().then(() => undefined));
  return { worker, seen };
}

async function untilMembers(events: EventChannel, count: number): Promise<void> {
  await until(async () => (await events.members('news')).length === count, `${count} members`);
}

test('threads: each gets every event in order, and answers', PATIENCE, async () => {
  const name = crypto.randomUUID();
  const events = openHere(name);
  const threads = [startThread({ name }), startThread({ name })];
  await untilMembers(events, 2);
  const numbers = Array.from({ length: 2_000 }, (_, index) => index);
  await Promise.all(numbers.slice(0, -1).map((number) => events.publish('news', number)));
  const { receipts } = await events.publishConfirmed('news', 1_999, null, { timeoutMs: 60_000 });
  expect(receipts.map(({ reply }) => reply)).toEqual(['seen 1999', 'seen 1999']);
  for (const { seen } of threads) {
    await until(() => seen.length === numbers.length, 'all of them');
    expect(seen).toEqual(numbers);
  }
  expect(await events.request('news', 'anybody?')).toBe('seen anybody?');
});

test('threads: one that is terminated before it answers has vanished', PATIENCE, async () => {
  const name = crypto.randomUUID();
  const events = openHere(name);
  const { worker, seen } = startThread({ name, hangs: true });
  await untilMembers(events, 1);
  const waiting = events.publishConfirmed('news', 1, null, { timeoutMs: 600_000 });
  await until(() => seen.length === 1, 'that it has the event');
  await worker.terminate();
  expect((await waiting).receipts).toMatchObject([{ outcome: 'vanished' }]);
  expect(await events.members('news')).toEqual([]);
});

test(
  'threads: a publisher that computes for longer than three heartbeats keeps its members and their receipts',
  PATIENCE,
  async () => {
    const name = crypto.randomUUID();
    const events = openHere(name);
    startThread({ name });
    startThread({ name });
    await untilMembers(events, 2);
    const counts: number[] = [];
    events.watchMembers('news', ({ length }) => void counts.push(length));
    await until(() => counts.at(-1) === 2, 'the first query');
    const waiting = events.publishConfirmed('news', 1, null, { timeoutMs: 2_000 });
    for (let round = 0; round < 100; round += 1) await Promise.resolve();
    // It is sent; the receipts come while nothing here can hear them, and due timers come before messages next.
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        const end = performance.now() + 4_500;
        while (performance.now() < end);
        resolve();
      });
    });
    const { isConfirmed, receipts } = await waiting;
    expect({ isConfirmed, count: receipts.length }).toEqual({ isConfirmed: true, count: 2 });
    await events.publishConfirmed('news', 2, null, { timeoutMs: 60_000 });
    expect(counts.slice(counts.indexOf(2))).toEqual([2]);
  },
);

/** What a Node process printed until it ended by itself; it is killed, and null comes, where it does not. */
function runToItsEnd(program: string, timeoutMs: number): Promise<string | null> {
  const args = [...SOURCES, '--input-type=module', '-e', program];
  const cwd = fileURLToPath(new URL('../../../..', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: timeoutMs }, (error, printed) =>
      resolve(error ? null : printed),
    );
  });
}

function listening(options: object, then = ''): string {
  return `
    import { EventChannel } from 'ackline';
    import { broadcastBackend } from 'ackline/broadcast';
    const backend = broadcastBackend(${JSON.stringify({ name: 'alive', ...options })});
    const events = new EventChannel({ backend });
    const listener = events.listen('news', () => {});
    events.watchMembers('news', () => {});
    await events.publish('news', 1);
    await events.publishConfirmed('news', 2);
    console.log('published');
    ${then}`;
}

test('keepAlive: by default a process ends that only listens', PATIENCE, async () => {
  expect(await runToItsEnd(listening({}), 20_000)).toBe('published\n');
});

test('keepAlive: true lets a member live on until it leaves', PATIENCE, async () => {
  // That nothing happens is seen by waiting for some time.
  expect(await runToItsEnd(listening({ keepAlive: true }), 3_000)).toBeNull();
  const leaving = listening({ keepAlive: true }, 'await listener.stop();');
  expect(await runToItsEnd(leaving, 20_000)).toBe('published\n');
});

test(
  'keepAlive: true lets a context that only dequeued live on until it is shut down',
  PATIENCE,
  async () => {
    const dequeuing = `
    import { EventChannel } from 'ackline';
    import { broadcastBackend } from 'ackline/broadcast';
    const backend = broadcastBackend({ name: 'dequeuing', keepAlive: true });
    const events = new EventChannel({ backend });
    await events.dequeue('news', { pollIntervalMs: 0 });
    await events.shutdown();
    console.log('shut down');`;
    expect(await runToItsEnd(dequeuing, 20_000)).toBe('shut down\n');
  },
);

/** As Deno's: an open BroadcastChannel keeps its process alive. */
const WITHOUT_UNREF = `
  globalThis.BroadcastChannel = class extends BroadcastChannel {
    constructor(name) {
      super(name);
      this.ref();
    }
    unref = undefined;
  };`;

test(
  'a process whose BroadcastChannel has no `unref` ends by itself after a publish',
  PATIENCE,
  async () => {
    const publishing = `${WITHOUT_UNREF}
    import { EventChannel } from 'ackline';
    import { broadcastBackend } from 'ackline/broadcast';
    const events = new EventChannel({ backend: broadcastBackend({ name: 'once' }) });
    await events.publish('news', 1);
    console.log('published');`;
    expect(await runToItsEnd(publishing, 20_000)).toBe('published\n');
  },
);
