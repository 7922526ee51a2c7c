import { parseArgs } from 'node:util';
import type { PlaywrightName } from '../test/setup/playwright-engine.ts';
import type { Bench, Ratio } from './bench.ts';
import { broadcastHop } from './broadcast/broadcast-hop.ts';
import { broadcastThroughput } from './broadcast/broadcast-throughput.ts';
import { readEntries, writeEntries, writeGeneratedFiles } from './generated-files.ts';
import { coldStart } from './indexeddb/cold-start.ts';
import { indexedDbBacklog } from './indexeddb/indexeddb-backlog.ts';
import { indexedDbChannels } from './indexeddb/indexeddb-channels.ts';
import { indexedDbCycle } from './indexeddb/indexeddb-cycle.ts';
import { indexedDbIdle } from './indexeddb/indexeddb-idle.ts';
import { indexedDbLost } from './indexeddb/indexeddb-lost.ts';
import { indexedDbNeighbour } from './indexeddb/indexeddb-neighbour.ts';
import { indexedDbPublish } from './indexeddb/indexeddb-publish.ts';
import { indexedDbPublishClaim } from './indexeddb/indexeddb-publish-claim.ts';
import { indexedDbTabs } from './indexeddb/indexeddb-tabs.ts';
import { describeMachine } from './machine.ts';
import { memoryCycle } from './memory/memory-cycle.ts';
import { memoryGroups } from './memory/memory-groups.ts';
import { memoryGrowth } from './memory/memory-growth.ts';
import { memorySync } from './memory/memory-sync.ts';
import { type Entry, isMet, showMedian } from './report.ts';
import { unfilledRows } from './speed-table.ts';

const BENCHES: readonly Bench[] = [
  memoryGrowth,
  memorySync,
  memoryCycle,
  memoryGroups,
  indexedDbCycle,
  indexedDbPublish,
  indexedDbPublishClaim,
  indexedDbBacklog,
  indexedDbTabs,
  indexedDbNeighbour,
  indexedDbIdle,
  indexedDbChannels,
  indexedDbLost,
  coldStart,
  broadcastHop,
  broadcastThroughput,
];
const ENGINES: readonly PlaywrightName[] = ['chromium', 'firefox'];

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    engine: { type: 'string', default: 'chromium' },
    /** Measures nothing. Generates the pages and drawings from the existing figures. */
    render: { type: 'boolean', default: false },
  },
});

function oneOf<Thing>(flag: string, known: ReadonlyMap<string, Thing>, name: string): Thing {
  const found = known.get(name);
  if (found !== undefined) return found;
  throw new TypeError(`--${flag} must be one of ${[...known.keys()].join(', ')}, got ${name}`);
}

/** In Chromium all benches, and those that run in Node. In another engine those that support it. */
function chosenBenches(engine: PlaywrightName): readonly Bench[] {
  const drivable = BENCHES.filter(
    ({ engines }) => engine === 'chromium' || engines?.includes(engine),
  );
  if (flags.only === undefined) return drivable;
  return [oneOf('only', new Map(drivable.map((bench) => [bench.name, bench])), flags.only)];
}

/** The figures of another browser have an entry beside that of Chromium. */
function keyOf({ name }: Bench, engine: PlaywrightName): string {
  return engine === 'chromium' ? name : `${name}, ${engine}`;
}

function keep(key: string, entry: Entry): void {
  const entries = { ...readEntries(), [key]: entry };
  const keys = BENCHES.flatMap((bench) => ENGINES.map((engine) => keyOf(bench, engine)));
  const known = keys.filter((name) => entries[name] !== undefined);
  const ordered = Object.fromEntries(known.map((name) => [name, entries[name] as Entry]));
  writeEntries(ordered);
  // Read again, because the stored figures are rounded. The generated files must not depend on the run that makes them.
  writeGeneratedFiles(readEntries());
}

function verdictOf(ratio: Ratio): string {
  if (ratio.atLeast === undefined && ratio.atMost === undefined) return '      ';
  return isMet(ratio) ? 'met   ' : 'MISSED';
}

function secondsSince(startedAt: number): string {
  return `${Math.round((performance.now() - startedAt) / 1_000)} s`;
}

async function measure(bench: Bench, engine: PlaywrightName): Promise<void> {
  const key = keyOf(bench, engine);
  console.log(`${key} …`);
  const startedAt = performance.now();
  const result = await bench.run(engine);
  keep(key, { ...result, machine: describeMachine(result.browser) });
  for (const ratio of result.ratios)
    console.log(`  ${verdictOf(ratio)} ${ratio.what}: ${showMedian(ratio)}`);
  console.log(`  ${secondsSince(startedAt)}`);
}

async function measureAll(): Promise<void> {
  const engine = oneOf('engine', new Map(ENGINES.map((name) => [name, name])), flags.engine);
  const startedAt = performance.now();
  for (const bench of chosenBenches(engine)) await measure(bench, engine);
  console.log(`in all ${secondsSince(startedAt)}`);
}

if (flags.render) writeGeneratedFiles(readEntries());
else await measureAll();
for (const row of unfilledRows(readEntries()))
  console.log(`no figure for docs/figures.md of ${row}`);
