import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from '../package/paths.ts';

/** Bytes are those of the minified, tree-shaken bundle after gzip at level 9. */
export interface Size {
  readonly label: string;
  readonly bytes: number;
  /** The limit for the size. */
  readonly budget: number | null;
  /** The goal for the size, if it is missed so far: docs/decisions/0004, 0009 and 0034. */
  readonly goal?: number;
}

const MEMORY = `export { EventChannel, memoryBackend } from './src/index.ts';`;
const BROADCAST = `export { broadcastBackend } from './src/broadcast.ts';`;
const FLOW = `export { atRate, inBatches } from './src/flow.ts';`;
const SCHEMA = `export { SchemaError, withSchemas } from './src/schema.ts';`;
const OUTBOX = `export { createOutbox, httpSender } from './src/outbox.ts';`;
const FORWARD = `export { forward } from './src/forward.ts';`;
const GROUPS = `export { createGroup, deleteGroup, groups, groupStats } from './src/groups.ts';`;
const RESULTS = `export { publishAndWait, resultOf, waitFor } from './src/results.ts';`;
const INSPECTION = `export { browse, channels, stats, watchStats } from './src/inspection.ts';`;
const INGRESS = `export { createIngress, toNodeHandler } from './src/ingress.ts';`;
const CLOUDEVENTS = `export * from './src/cloudevents.ts';`;
const SQLITE = `export { sqliteBackend, syncSqliteBackend } from './src/sqlite.ts';`;
const INDEXEDDB = `export { indexedDbBackend } from './src/indexeddb.ts';`;

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
    write: false,
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}

/** The sizes that docs/figures.md quotes, in its order. */
export async function measureSizes(): Promise<readonly Size[]> {
  const memory = await gzipBytes(MEMORY);
  const withBroadcast = await gzipBytes(MEMORY + BROADCAST);
  const withFlow = await gzipBytes(MEMORY + FLOW);
  const withSchema = await gzipBytes(MEMORY + SCHEMA);
  const withGroups = await gzipBytes(MEMORY + GROUPS);
  const withResults = await gzipBytes(MEMORY + RESULTS);
  const withInspection = await gzipBytes(MEMORY + INSPECTION);
  const withOutbox = await gzipBytes(MEMORY + OUTBOX);
  const withForward = await gzipBytes(MEMORY + FORWARD);
  const withIngress = await gzipBytes(MEMORY + INGRESS);
  const withCloudEvents = await gzipBytes(MEMORY + CLOUDEVENTS);
  const withSqlite = await gzipBytes(MEMORY + SQLITE);
  const both = await gzipBytes(MEMORY + INDEXEDDB);
  return [
    {
      label: "`import { EventChannel, memoryBackend } from 'ackline'`",
      bytes: memory,
      budget: 21_900,
      goal: 6_000,
    },
    {
      label: '`ackline`, everything',
      bytes: await gzipBytes(`export * from './src/index.ts';`),
      budget: null,
    },
    {
      label:
        '`ackline` and `ackline/indexeddb`, with `idb`: what an application with IndexedDB loads',
      bytes: both,
      budget: null,
    },
    {
      label: '`ackline/indexeddb` with `idb`, on top of the first line',
      bytes: both - memory,
      budget: 37_000,
      goal: 10_000,
    },
    {
      label: '`ackline/broadcast`, on top of the first line',
      bytes: withBroadcast - memory,
      budget: 10_200,
      goal: 5_000,
    },
    {
      label: '`ackline/flow`, on top of the first line',
      bytes: withFlow - memory,
      budget: 1_400,
    },
    {
      label: '`ackline/schema`, on top of the first line',
      bytes: withSchema - memory,
      budget: 2_300,
    },
    {
      label: '`ackline/groups`, on top of the first line',
      bytes: withGroups - memory,
      budget: 900,
    },
    {
      label: '`ackline/results`, on top of the first line',
      bytes: withResults - memory,
      budget: 2_000,
    },
    {
      label: '`ackline/inspection`, on top of the first line',
      bytes: withInspection - memory,
      budget: 7_600,
    },
    {
      label: '`ackline/outbox`, on top of the first line',
      bytes: withOutbox - memory,
      budget: 5_200,
      goal: 5_000,
    },
    {
      label: '`ackline/forward`, on top of the first line',
      bytes: withForward - memory,
      budget: 6_500,
    },
    {
      label: '`ackline/ingress`, on top of the first line',
      bytes: withIngress - memory,
      budget: 4_000,
    },
    {
      label: '`ackline/cloudevents`, on top of the first line',
      bytes: withCloudEvents - memory,
      budget: 3_000,
    },
    {
      label: '`ackline/sqlite`, on top of the first line',
      bytes: withSqlite - memory,
      budget: 16_000,
    },
    {
      label: '`ackline/testing`, on its own',
      bytes: await gzipBytes(`export * from './src/testing.ts';`),
      budget: null,
    },
  ];
}
