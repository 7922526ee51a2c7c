// The conformance suite on the package as built, by Node's own runner: plain JavaScript, so that it runs on
// every Node that the library supports, and not only on the one that the tools need.
import 'fake-indexeddb/auto';
import { test } from 'node:test';
import { memoryBackend, memoryStore } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { conformanceCases, ManualRuntime } from 'ackline/testing';

/** @type {Record<string, (runtime: ManualRuntime) => () => import('ackline').AsyncEventBackend>} */
const backends = {
  memory: (runtime) => {
    const store = memoryStore({ runtime });
    return () => memoryBackend({ store });
  },
  IndexedDB: (runtime) => {
    const database = `conformance-${crypto.randomUUID()}`;
    return () => indexedDbBackend({ database, runtime });
  },
};

for (const [backendName, openStorage] of Object.entries(backends))
  for (const { name, requires, run } of conformanceCases)
    test(`${backendName}: ${name}`, async (context) => {
      const runtime = new ManualRuntime();
      const openNext = openStorage(runtime);
      // Of what the cases require, only this differs between the two.
      if (requires.includes('durability') && backendName !== 'IndexedDB') return context.skip();
      /** @type {import('ackline').AsyncEventBackend[]} */
      const opened = [];
      const open = () => {
        const backend = openNext();
        opened.push(backend);
        return backend;
      };
      try {
        await run({ runtime, open });
      } finally {
        await Promise.all(opened.map((backend) => backend.shutdown()));
      }
    });
