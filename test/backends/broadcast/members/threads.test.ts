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

/** A worker thread, and the messages that it reported. */
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

test('threads: each thread gets every event in order, and acknowledges it', PATIENCE, async () => {
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
  expect(await events.request('news', 'question')).toBe('seen question');
});

test(
  'threads: when a thread is terminated before it answers, its outcome is vanished',
  PATIENCE,
  async () => {
    const name = crypto.randomUUID();
    const events = openHere(name);
    const { worker, seen } = startThread({ name, hangs: true });
    await untilMembers(events, 1);
    const waiting = events.publishConfirmed('news', 1, null, { timeoutMs: 600_000 });
    await until(() => seen.length === 1, 'the event in the thread');
    await worker.terminate();
    expect((await waiting).receipts).toMatchObject([{ outcome: 'vanished' }]);
    expect(await events.members('news')).toEqual([]);
  },
);

test(
  'threads: after a publisher was busy for longer than three heartbeats, it still has its members and their receipts',
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
    // The event is sent. Its receipts arrive while this thread is busy, and due timers then fire before they are read.
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

/** What a Node process printed until it ended. Null if it did not end and was killed. */
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

test('keepAlive: by default a process that only listens ends', PATIENCE, async () => {
  expect(await runToItsEnd(listening({}), 20_000)).toBe('published\n');
});

test(
  'keepAlive: with true a member keeps its process alive until it leaves',
  PATIENCE,
  async () => {
    // The process must not end within this time.
    expect(await runToItsEnd(listening({ keepAlive: true }), 3_000)).toBeNull();
    const leaving = listening({ keepAlive: true }, 'await listener.stop();');
    expect(await runToItsEnd(leaving, 20_000)).toBe('published\n');
  },
);

test(
  'keepAlive: with true a context that only dequeued keeps its process alive until its shutdown',
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

/** As in Deno, an open BroadcastChannel keeps its process alive. */
const WITHOUT_UNREF = `
  globalThis.BroadcastChannel = class extends BroadcastChannel {
    constructor(name) {
      super(name);
      this.ref();
    }
    unref = undefined;
  };`;

test(
  'after a publish a process ends by itself, although its BroadcastChannel has no `unref`',
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
