// Covers src/core/runtime/hold.ts, src/core/receiver.ts, src/core/listening/handler-slots.ts
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { root, temporary } from '../../package/paths.ts';
import { installPackage } from '../../support/install-package.ts';
import { runToItsEnd } from '../../support/run-to-its-end.ts';
import { usersNodes } from '../../support/users-nodes.ts';

const PATIENCE = { timeout: 90_000 };

/** Node 20 and 22 cannot run TypeScript, so the programs import the built package. */
const folder = join(temporary, 'keep-alive');

beforeAll(async () => {
  await installPackage(folder);
  const entryPoints = [join(root, 'test/support/bare-backend.ts')];
  await build({ entryPoints, format: 'esm', outdir: folder });
});

const OPENINGS = {
  memory: `
    import { EventChannel, memoryBackend } from 'ackline';
    const backend = memoryBackend();`,
  indexeddb: `
    import 'fake-indexeddb/auto';
    import { EventChannel } from 'ackline';
    import { indexedDbBackend } from 'ackline/indexeddb';
    const backend = indexedDbBackend({ database: 'shop' });`,
  broadcast: `
    import { EventChannel } from 'ackline';
    import { broadcastBackend } from 'ackline/broadcast';
    const backend = broadcastBackend({ name: 'shop' });`,
  bare: `
    import { EventChannel } from 'ackline';
    import { bareBackend } from './bare-backend.js';
    const backend = bareBackend();`,
};

type Opening = keyof typeof OPENINGS;

const EVERY = Object.keys(OPENINGS) as Opening[];

const NODES = usersNodes().map(({ path, version }) => ({
  version,
  run: (source: string) => runToItsEnd(source, path, folder),
}));

const onEachNode = (openings: readonly Opening[]) =>
  NODES.flatMap(({ version, run }) =>
    openings.map((opening) => ({ opening, run, name: `Node ${version}, ${opening}` })),
  );

/** Without hints an idle listener finds an event at its next poll, and that poll keeps no process alive. */
function fed(opening: Opening, listen: string): string {
  const publish = `await events.publish('orders', 1);`;
  return opening === 'bare' ? publish + listen : listen + publish;
}

function program(opening: Opening, body: string, settings = ''): string {
  return `${OPENINGS[opening]}
    const observer = () => {};
    const events = new EventChannel({ backend, observer, ${settings} });
    ${body}`;
}

for (const { opening, run, name } of onEachNode(EVERY)) {
  test.concurrent(`${name}: an awaited dequeue keeps the process alive`, PATIENCE, async () => {
    const body = `console.log(await events.dequeue('orders', { pollIntervalMs: 300 }));`;
    expect(await run(program(opening, body))).toEqual({ printed: 'null\n', code: 0 });
  });

  test.concurrent(
    `${name}: a scheduled retry of a listener keeps the process alive`,
    PATIENCE,
    async () => {
      const body = fed(
        opening,
        `
      events.listen('orders', ({ attempts }) => {
        console.log(attempts);
        if (attempts < 3) throw new Error('not yet');
      }, { pollIntervalMs: 30, backoffBaseMs: 200 });`,
      );
      const ended = await run(program(opening, body));
      expect(ended).toEqual({ printed: '1\n2\n3\n', code: 0 });
    },
  );

  test.concurrent(`${name}: a running handler keeps the process alive`, PATIENCE, async () => {
    const body = fed(
      opening,
      `
      events.listen('orders', async () => {
        await new Promise((resolve) => setTimeout(resolve, 300).unref());
        console.log('done');
      });`,
    );
    expect(await run(program(opening, body))).toEqual({ printed: 'done\n', code: 0 });
  });

  test.concurrent(`${name}: an idle listener lets the process end`, PATIENCE, async () => {
    const body = fed(
      opening,
      `events.listen('orders', () => console.log('handled'), { pollIntervalMs: 50 });`,
    );
    const ended = await run(program(opening, body));
    expect(ended).toEqual({ printed: 'handled\n', code: 0 });
  });

  test.concurrent(
    `${name}: with keepAlive true an idle listener keeps the process alive until it stops`,
    PATIENCE,
    async () => {
      const body = `
      const listener = events.listen('orders', () => {}, { keepAlive: true });
      setTimeout(async () => {
        await listener.stop();
        console.log('stopped');
      }, 500).unref();`;
      expect(await run(program(opening, body))).toEqual({ printed: 'stopped\n', code: 0 });
    },
  );

  test.concurrent(
    `${name}: with keepAlive false the process ends while a handler and a dequeue are pending`,
    PATIENCE,
    async () => {
      const body = `
      events.listen('orders', () => new Promise(() => {}));
      void events.publish('orders', 1);
      void events.dequeue('invoices', { pollIntervalMs: 3_600_000 });`;
      const ended = await run(program(opening, body, 'keepAlive: false'));
      expect(ended).toEqual({ printed: '', code: 0 });
    },
  );

  test.concurrent(
    `${name}: after a shutdown nothing keeps the process alive, not even a handler that hangs`,
    PATIENCE,
    async () => {
      const body = `
      events.listen('orders', () => new Promise(() => {}));
      await events.publish('orders', 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await events.shutdown({ mode: 'release' });
      console.log('over');`;
      const ended = await run(program(opening, body, 'keepAlive: true'));
      expect(ended).toEqual({ printed: 'over\n', code: 0 });
    },
  );
}

for (const { opening, run, name } of onEachNode(['memory', 'indexeddb']))
  test.concurrent(
    `${name}: a delayed event keeps the process alive only when a listener waits for it`,
    PATIENCE,
    async () => {
      const body = `
      events.listen('orders', () => console.log('handled'), { pollIntervalMs: 30 });
      await events.publish('orders', 1, null, { delayMs: 400 });
      await events.publish('invoices', 1, null, { delayMs: 3_600_000 });
      console.log('published');`;
      const ended = await run(program(opening, body));
      expect(ended).toEqual({ printed: 'published\nhandled\n', code: 0 });
    },
  );

for (const { version, run } of NODES) {
  test.concurrent(
    `Node ${version}: a loop that awaits the next event keeps the process alive`,
    PATIENCE,
    async () => {
      const body = `
    setTimeout(() => events.publish('orders', 1), 400).unref();
    for await (const delivery of events.iterEvents('orders', { pollIntervalMs: 30 })) {
      console.log(await delivery.ack());
      break;
    }`;
      expect(await run(program('memory', body))).toEqual({ printed: 'ok\n', code: 0 });
    },
  );

  test.concurrent(
    `Node ${version}: a synchronous channel handles more events than one microtask handles before the process ends`,
    PATIENCE,
    async () => {
      const body = `
    import { SyncEventChannel, syncMemoryBackend } from 'ackline';
    const events = new SyncEventChannel({ backend: syncMemoryBackend() });
    let count = 0;
    events.listen('orders', () => {
      count += 1;
      if (count === 2_500) console.log(count);
    });
    for (let n = 0; n < 2_500; n += 1) events.publish('orders', n);`;
      expect(await run(body)).toEqual({ printed: '2500\n', code: 0 });
    },
  );
}
