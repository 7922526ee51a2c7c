import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from '../package/paths.ts';

/** Bytes are those of the minified, tree-shaken bundle after gzip at level 9. */
export interface Size {
  readonly label: string;
  readonly bytes: number;
  /** The limit for the size. */
  readonly budget: number | null;
  /** The goal for the size, if it is missed so far: docs/decisions/0004, 0009 and 0075. */
  readonly goal?: number;
}

const CHANNEL = `export { EventChannel } from './src/index.ts';`;
const MEMORY = `export { EventChannel, memoryBackend } from './src/index.ts';`;
const INDEXEDDB = `export { indexedDbBackend } from './src/indexeddb.ts';`;

const OPTIONAL = `export { allFeatures, memoryFallback } from './src/indexeddb.ts';`;
const INSPECTED = `export { browse, channels, watchStats } from './src/inspection.ts';
export { groups, groupStats } from './src/groups.ts';`;

interface Addition extends Pick<Size, 'goal'> {
  readonly entry: string;
  readonly source: string;
  readonly budget: number;
  /** Entries that are measured by themselves and that this one needs. Default: none. */
  readonly beside?: string;
}

/** What an entry adds to an application that has the channel and the memory backend. */
const ADDITIONS: readonly Addition[] = [
  {
    entry: '`ackline/broadcast`',
    source: `export { broadcastBackend } from './src/broadcast.ts';`,
    budget: 11_500,
    goal: 5_000,
  },
  {
    entry: '`ackline/flow`',
    source: `export { atRate, inBatches } from './src/flow.ts';`,
    budget: 1_600,
  },
  {
    entry: '`ackline/schema`',
    source: `export { SchemaError, withSchemas } from './src/schema.ts';`,
    budget: 2_900,
  },
  {
    entry: '`ackline/codec`',
    source: `export { withCodec } from './src/codec.ts';`,
    budget: 4_000,
  },
  {
    entry: '`ackline/groups`',
    source: `export { createGroup, deleteGroup, groups, groupStats } from './src/groups.ts';`,
    budget: 6_700,
  },
  {
    entry: '`ackline/results`',
    source: `export { publishAndWait, resultOf, waitFor } from './src/results.ts';`,
    budget: 2_000,
  },
  {
    entry: '`ackline/inspection`',
    source: `export { browse, channels, stats, watchStats } from './src/inspection.ts';`,
    budget: 9_100,
  },
  {
    entry: '`ackline/inspector` beside `ackline/inspection` and `ackline/groups`',
    source: `export { defineInspector } from './src/inspector.ts';`,
    beside: INSPECTED,
    budget: 14_000,
  },
  {
    entry: '`ackline/inspector` by itself',
    source: `export { defineInspector } from './src/inspector.ts';`,
    budget: 26_800,
  },
  {
    entry: '`ackline/outbox`',
    source: `export { createOutbox, httpSender } from './src/outbox.ts';`,
    budget: 5_600,
    goal: 5_000,
  },
  {
    entry: '`ackline/forward`',
    source: `export { forward } from './src/forward.ts';`,
    budget: 6_700,
  },
  {
    entry: '`ackline/ingress`',
    source: `export { createIngress, toNodeHandler } from './src/ingress.ts';`,
    budget: 4_000,
  },
  {
    entry: '`ackline/cloudevents`',
    source: `export * from './src/cloudevents.ts';`,
    budget: 3_000,
  },
  {
    entry: '`ackline/opentelemetry`, without the API of OpenTelemetry',
    source: `export * from './src/opentelemetry.ts';`,
    budget: 4_300,
  },
  {
    entry: '`ackline/nats`, without the client of NATS',
    source: `export { natsBackend } from './src/nats.ts';`,
    budget: 12_700,
  },
  {
    entry: '`ackline/sqlite`',
    source: `export { sqliteBackend, syncSqliteBackend } from './src/sqlite.ts';`,
    budget: 16_000,
  },
  {
    entry: '`ackline/postgres`',
    source: `export { postgresBackend, postgresSchema } from './src/postgres.ts';`,
    budget: 23_900,
  },
  {
    entry: '`ackline/react`, without React',
    source: `export * from './src/react.ts';`,
    budget: 9_300,
  },
  {
    entry: '`ackline/vue`, without Vue',
    source: `export * from './src/vue.ts';`,
    budget: 9_500,
  },
];

async function gzipBytes(entry: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    treeShaking: true,
    legalComments: 'none',
    // Optional peers: an application that imports their entries has them.
    external: ['@nats-io/nats-core', '@opentelemetry/api', 'react', 'vue'],
    write: false,
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}

/** The sizes that docs/figures.md quotes, in its order. */
export async function measureSizes(): Promise<readonly Size[]> {
  const memory = await gzipBytes(MEMORY);
  const both = await gzipBytes(MEMORY + INDEXEDDB);
  const additions: Size[] = [];
  for (const { entry, source, beside = '', ...limits } of ADDITIONS) {
    const base = beside === '' ? memory : await gzipBytes(MEMORY + beside);
    const bytes = (await gzipBytes(MEMORY + beside + source)) - base;
    additions.push({ label: `${entry}, on top of the first line`, bytes, ...limits });
  }
  return [
    {
      label: "`import { EventChannel, memoryBackend } from 'ackline'`",
      bytes: memory,
      budget: 24_000,
      goal: 14_000,
    },
    {
      label: '`ackline`, everything',
      bytes: await gzipBytes(`export * from './src/index.ts';`),
      budget: null,
    },
    {
      label:
        '`EventChannel` and `indexedDbBackend`, with `idb`: what an application with IndexedDB loads',
      bytes: await gzipBytes(CHANNEL + INDEXEDDB),
      budget: 55_900,
      goal: 37_000,
    },
    {
      label: 'the same with `allFeatures` and `memoryFallback`',
      bytes: await gzipBytes(CHANNEL + INDEXEDDB + OPTIONAL),
      budget: 70_500,
    },
    {
      label: '`ackline/indexeddb` with `idb`, on top of the first line',
      bytes: both - memory,
      budget: 39_300,
      goal: 23_000,
    },
    ...additions,
    {
      label: '`ackline/testing`, on its own',
      bytes: await gzipBytes(`export * from './src/testing.ts';`),
      budget: null,
    },
  ];
}
