import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bench, Ratio } from './bench.ts';
import { broadcastHop } from './broadcast/broadcast-hop.ts';
import { broadcastThroughput } from './broadcast/broadcast-throughput.ts';
import { coldStart } from './indexeddb/cold-start.ts';
import { indexedDbBacklog } from './indexeddb/indexeddb-backlog.ts';
import { indexedDbCycle } from './indexeddb/indexeddb-cycle.ts';
import { indexedDbIdle } from './indexeddb/indexeddb-idle.ts';
import { indexedDbNeighbour } from './indexeddb/indexeddb-neighbour.ts';
import { indexedDbPublish } from './indexeddb/indexeddb-publish.ts';
import { indexedDbPublishClaim } from './indexeddb/indexeddb-publish-claim.ts';
import { indexedDbTabs } from './indexeddb/indexeddb-tabs.ts';
import { describeMachine } from './machine.ts';
import { memoryCycle } from './memory/memory-cycle.ts';
import { memoryGrowth } from './memory/memory-growth.ts';
import { memorySync } from './memory/memory-sync.ts';
import { type Entry, isMet, renderReport, renderResults, showMedian } from './report.ts';

const BENCHES: readonly Bench[] = [
  memoryGrowth,
  memorySync,
  memoryCycle,
  indexedDbCycle,
  indexedDbPublish,
  indexedDbPublishClaim,
  indexedDbBacklog,
  indexedDbTabs,
  indexedDbNeighbour,
  indexedDbIdle,
  coldStart,
  broadcastHop,
  broadcastThroughput,
];
const RESULTS = new URL('results.json', import.meta.url);
const README = new URL('README.md', import.meta.url);

function chosenBenches(): readonly Bench[] {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  if (values.only === undefined) return BENCHES;
  const chosen = BENCHES.filter(({ name }) => name === values.only);
  if (chosen.length > 0) return chosen;
  const names = BENCHES.map(({ name }) => name).join(', ');
  throw new TypeError(`--only must be one of ${names}, got ${values.only}`);
}

function earlierEntries(): Record<string, Entry> {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
}

function keep(name: string, entry: Entry): void {
  const entries = { ...earlierEntries(), [name]: entry };
  const known = BENCHES.filter((bench) => entries[bench.name] !== undefined);
  const ordered = Object.fromEntries(
    known.map((bench) => [bench.name, entries[bench.name] as Entry]),
  );
  writeFileSync(RESULTS, renderResults(ordered));
  writeFileSync(README, renderReport(ordered));
}

function verdictOf(ratio: Ratio): string {
  if (ratio.atLeast === undefined && ratio.atMost === undefined) return '      ';
  return isMet(ratio) ? 'met   ' : 'MISSED';
}

for (const { name, run } of chosenBenches()) {
  console.log(`${name} …`);
  const startedAt = performance.now();
  const result = await run();
  keep(name, { ...result, machine: describeMachine(result.browser) });
  for (const ratio of result.ratios)
    console.log(`  ${verdictOf(ratio)} ${ratio.what}: ${showMedian(ratio)}`);
  console.log(`  ${Math.round((performance.now() - startedAt) / 1_000)} s`);
}
