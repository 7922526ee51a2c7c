// The conformance suite on the package as built, by Node's own runner: plain JavaScript, so that it runs on
// every Node that the library supports, and not only on the one that the tools need.
import 'fake-indexeddb/auto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryBackend, memoryStore } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import { sqliteBackend } from 'ackline/sqlite';
import { conformanceCases, ManualRuntime } from 'ackline/testing';

/** @type {Record<string, (runtime: ManualRuntime) => () => import('ackline').AsyncEventBackend>} */
const backends = {
  memory: (runtime) => {
    const store = memoryStore({ runtime });
    return () => memoryBackend({ store });
  },
  IndexedDB: (runtime) => {
    const database = `conformance-${crypto.randomUUID()}`;
    return () => indexedDbBackend({ features: allFeatures, database, runtime });
  },
  broadcast: (runtime) => {
    const name = crypto.randomUUID();
    return () => memberFirst(broadcastBackend({ name, runtime }));
  },
};

// Node has it from 22 on.
/** @type {typeof import('node:sqlite') | undefined} */
const sqlite = await import('node:sqlite').catch(() => undefined);
if (sqlite) {
  const { DatabaseSync } = sqlite;
  const folder = mkdtempSync(join(tmpdir(), 'ackline-conformance-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  backends['SQLite'] = (runtime) => {
    const file = join(folder, `${crypto.randomUUID()}.db`);
    return () => sqliteBackend({ database: new DatabaseSync(file), runtime });
  };
} else console.log('# SQLite is left out: this Node has no node:sqlite');

/** The suite publishes first and dequeues afterwards, so the context must be a member before. */
/** @param {import('ackline/broadcast').BroadcastBackend} backend */
function memberFirst(backend) {
  const { publish, publishMany = async () => [] } = backend;
  return Object.assign(backend, {
    /** @type {typeof publish} */
    async publish(...given) {
      backend.join(given[0]);
      return publish.apply(backend, given);
    },
    /** @type {typeof publishMany} */
    async publishMany(drafts) {
      if (Array.isArray(drafts)) for (const { channel } of drafts) backend.join(channel);
      return publishMany.call(backend, drafts);
    },
  });
}

const platformLocks = globalThis.navigator?.locks ?? null;

/** Requirements of a case that are not capabilities. */
const WORDS = ['waiting', 'contexts', 'expiry', 'clock', 'place'];

/**
 * @param {string} backendName
 * @param {import('ackline').Capabilities | undefined} has
 * @param {readonly string[]} requires
 */
function lacks(backendName, has, requires) {
  const declared = Object.keys(has ?? {});
  return requires.some((one) => {
    if (!WORDS.includes(one)) return !declared.includes(one);
    // Over broadcast the contexts share no storage.
    if (one === 'contexts') return backendName === 'broadcast';
    // With Web Locks, which Node has from 24 on, a lease is not lost by its expiry while its context lives.
    return one === 'expiry' && backendName === 'IndexedDB' && platformLocks !== null;
  });
}

for (const [backendName, openStorage] of Object.entries(backends))
  for (const { name, requires, run } of conformanceCases)
    test(`${backendName}: ${name}`, async (context) => {
      const runtime = new ManualRuntime();
      const openNext = openStorage(runtime);
      if (lacks(backendName, openNext().capabilities, requires)) return context.skip();
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
