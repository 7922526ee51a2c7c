// Covers src/backends/indexeddb/hints/hint-channel.ts
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const SOURCES = ['--import', './test/setup/source-entries.mjs'];

/** A process whose BroadcastChannel has no `unref`, as in Deno: an open one keeps the process alive. */
const WITHOUT_UNREF = `
  import 'fake-indexeddb/auto';
  const Native = globalThis.BroadcastChannel;
  const opened = [];
  globalThis.BroadcastChannel = class extends Native {
    unref = undefined;
    constructor(name) {
      super(name);
      opened.push(name);
    }
  };
  const { EventChannel } = await import('ackline');
  const { indexedDbBackend } = await import('ackline/indexeddb');
  const events = new EventChannel({ backend: indexedDbBackend({ database: 'shop' }) });
`;

/** What the program printed until its process ended. Null: it was killed after `timeoutMs`. */
function runToItsEnd(program: string, timeoutMs: number): Promise<string | null> {
  const args = [...SOURCES, '--input-type=module', '-e', WITHOUT_UNREF + program];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, timeout: timeoutMs }, (error, printed) =>
      resolve(error ? null : printed),
    );
  });
}

test('after a publish and an ack the process ends, although its BroadcastChannel has no unref', async () => {
  const program = `
    await events.publish('a', 1);
    await (await events.dequeue('a')).ack();
    console.log('acknowledged', opened.length);`;
  expect(await runToItsEnd(program, 20_000)).toBe('acknowledged 1\n');
}, 30_000);

test('after its channel was closed, a publish opens it again, and the process ends', async () => {
  const program = `
    await events.publish('a', 1);
    const closing = Native.prototype.close;
    await new Promise((resolve) => {
      Native.prototype.close = function () {
        closing.call(this);
        Native.prototype.close = closing;
        resolve();
      };
    });
    await events.publish('a', 2);
    await Promise.resolve();
    console.log('opened', opened.length);`;
  expect(await runToItsEnd(program, 20_000)).toBe('opened 2\n');
}, 30_000);
