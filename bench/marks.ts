import { parseArgs } from 'node:util';
import { markCompetition } from './indexeddb/marked-competition.ts';
import { markFirstClaims } from './indexeddb/marked-first-claims.ts';
import { markHandling } from './indexeddb/marked-handling.ts';
import type { Mark } from './indexeddb/page-marks.ts';
import { medianOf } from './statistics.ts';

/**
 * Shows where the time goes on paths that mostly wait, which profiles do not show. It prints the median time of each mark in
 * ms since the start. Chromium only. `node bench/marks.ts --way first-claim`, `to-handler`, or `tabs --batch 10`. Each of
 * them also measures the same steps by hand, if there are such. `--profile FILE` also profiles one of the tabs, for
 * `flame.ts`. The profiling itself takes some of the time.
 */

/** One measured path that runs many times. Its marks count from its start. */
export interface MarkedWay {
  readonly title: string;
  readonly runs: readonly (readonly Mark[])[];
}

const { values } = parseArgs({
  options: {
    way: { type: 'string', default: '' },
    batch: { type: 'string', default: '1' },
    profile: { type: 'string' },
  },
});

const WAYS: Readonly<Record<string, () => Promise<readonly MarkedWay[]>>> = {
  'first-claim': markFirstClaims,
  'to-handler': markHandling,
  tabs: () => markCompetition(Number(values.batch), values.profile),
};

const way = WAYS[values.way];
if (way) for (const marked of await way()) print(marked);
else console.error(`--way is one of ${Object.keys(WAYS).join(', ')}, not ${values.way}`);

function print({ title, runs }: MarkedWay): void {
  console.log(`\n${title}, ${runs.length} times`);
  const times = new Map<string, number[]>();
  for (const marks of runs)
    for (const [ms, what] of numbered(marks)) times.set(what, [...(times.get(what) ?? []), ms]);
  const common = [...times].filter(([, each]) => each.length * 2 > runs.length);
  const rows = common.map(([what, each]) => [medianOf(each), what] as const);
  for (const [ms, what] of rows.sort((left, right) => left[0] - right[0]))
    console.log(`${ms.toFixed(2).padStart(8)}  ${what}`);
}

/** A mark that repeats within one run is a step of its own. */
function numbered(marks: readonly Mark[]): readonly Mark[] {
  const counts = new Map<string, number>();
  return marks.map(([ms, what]) => {
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return [ms, count === 1 ? what : `${what} (${count})`];
  });
}
