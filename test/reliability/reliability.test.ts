import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NEIGHBOURS } from '../mutation/mutation-result.ts';
import { root } from '../package/paths.ts';
import { PROOF_FLOORS, PROOF_WORDS } from '../setup/proof.mjs';
import { blockSpan } from '../support/marked-block.ts';
import { DOCUMENT, reliabilityPage } from './document.ts';
import { countPlantedBugs, type Evidence, readEvidence } from './evidence.ts';
import { formatCount } from './figures.ts';
import { breaksOf, goalsOf, scoreOf } from './goals.ts';
import { BLOCK, readmeBlock } from './readme-block.ts';

const evidence = readEvidence();
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('docs/reliability.md: is what the kept results generate (npm run reliability)', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(reliabilityPage(evidence));
});

test('README: shows the figures of docs/reliability.md (npm run reliability)', () => {
  const { from, to } = blockSpan(readme, BLOCK);
  expect(readme.slice(from, to).trim()).toBe(readmeBlock(evidence));
  expect(readme).toContain('(docs/reliability.md)');
});

test('kept results: each survivor of the mutants says why no check catches it', () => {
  const survivors = evidence.mutations.flatMap((sample) => sample.survivors);
  const unexplained = survivors.filter(({ verdict, why }) => !verdict || !why);
  expect(unexplained).toEqual([]);
});

test('kept results: a campaign that broke a promise, and a seed that failed, are on the page', () => {
  const [simulation] = evidence.simulations;
  const failed: Evidence = {
    ...evidence,
    simulations: [
      {
        ...simulation!,
        violations: { 'two-leases': 3 },
        failures: [{ seed: 77, faults: ['{"rule":"two-leases"}'] }],
      },
    ],
  };
  const goal = goalsOf(failed).find(({ what }) => what === 'double leases');
  expect(goal).toMatchObject({ isReached: false });
  const page = reliabilityPage(failed);
  expect(page).toContain('- seed 77: two-leases');
  expect(page).toMatch(/Not reached: .*double leases/);
});

test('kept results: the time of the simulations is that of the runs that measured it', () => {
  const [{ seconds: _, processorSeconds: __, ...untimed }] = evidence.simulations as [
    Evidence['simulations'][number],
  ];
  const timed = { ...untimed, seeds: 1_000, seconds: 3_600, processorSeconds: 1_800 };
  const page = (...simulations: Evidence['simulations']) =>
    reliabilityPage({ ...evidence, simulations });
  expect(page(untimed)).toContain('| time | not measured |');
  expect(page(untimed, timed, timed)).toContain(
    '| time | 2.0 h, of which 1.00 h on a processor, for 2,000 seeds |',
  );
});

test('kept results: four hours of a processor reach the aim of the seeds, also where runs were not timed', () => {
  const [{ seconds: _, processorSeconds: __, ...untimed }] = evidence.simulations as [
    Evidence['simulations'][number],
  ];
  const goalOf = (seeds: number) => {
    const simulations = [
      { ...untimed, seeds },
      { ...untimed, seeds: 1_000, seconds: 7_200, processorSeconds: 3_600 },
    ];
    return goalsOf({ ...evidence, simulations })[0];
  };
  expect(goalOf(2_000)).toMatchObject({
    measured: '3,000, in about 3.0 h of a processor',
    isReached: false,
  });
  expect(goalOf(3_000)?.isReached).toBe(true);
});

test('kept results: what a seed broke counts apart once it is mended', () => {
  const [simulation] = evidence.simulations;
  const mended: Evidence = {
    ...evidence,
    campaigns: [],
    simulations: [
      {
        ...simulation!,
        violations: { lost: 2 },
        failures: [
          { seed: 77, faults: ['{"rule":"lost"}'], mendedIn: 'abc1234' },
          { seed: 78, faults: ['{"rule":"lost"}'] },
        ],
      },
    ],
  };
  expect(breaksOf(mended, 'lost')).toEqual({ open: 1, mended: 1 });
  expect(reliabilityPage(mended)).toContain('- seed 77: lost, mended in abc1234');
});

test('kept results: the runs of an engine are added up, and what broke in one of them is on the page', () => {
  const [campaign] = evidence.campaigns;
  const run = (seed: number, lost: number) => ({
    ...{ ...campaign!, seed, breaks: { ...campaign!.breaks, lost } },
    ...{ events: { ...campaign!.events, acknowledged: 1_000 }, engine: 'firefox' as const },
  });
  const summed: Evidence = {
    ...{ ...evidence, simulations: [] },
    campaigns: [run(1, 0), run(2, 3), { ...run(3, 5), mendedIn: 'abc1234' }],
  };
  expect(breaksOf(summed, 'lost')).toEqual({ open: 3, mended: 5 });
  const page = reliabilityPage(summed);
  expect(page).toMatch(/\| acknowledged events \| 3,000 \|/);
  expect(page).toMatch(/seed 2: lost 3\n.*seed 3: lost 5; mended in abc1234/);
});

test('kept results: the volumes of a run that did not come to its end do not count, and what it broke does', () => {
  const [campaign] = evidence.campaigns;
  const run = (seed: number, rest: object) => ({
    ...{ ...campaign!, engine: 'firefox' as const, seed, ...rest },
    ...{ events: { ...campaign!.events, acknowledged: 1_000 } },
  });
  const breaks = { ...campaign!.breaks, lost: 2 };
  const unended: Evidence = {
    ...{ ...evidence, simulations: [] },
    campaigns: [
      run(1, {}),
      run(2, { undrained: 7, breaks }),
      run(3, { interrupted: 'the browser did not answer' }),
    ],
  };
  const goal = goalsOf(unended).find(({ what }) => what === 'acknowledged events in real browsers');
  expect(goal?.measured).toBe('1,000');
  expect(breaksOf(unended, 'lost').open).toBe(2);
  const page = reliabilityPage(unended);
  expect(page).toMatch(/\| acknowledged events \| 1,000 \|/);
  expect(page).toContain('seed 2: 7 events were still stored when the drain ended');
  expect(page).toContain('seed 3: the browser did not answer');
  expect(readmeBlock(unended)).toContain('1,000 acknowledged events');
});

test('docs/reliability.md: says what each run of the tests must reach', () => {
  const page = reliabilityPage(evidence);
  for (const figure of Object.keys(PROOF_FLOORS) as (keyof typeof PROOF_FLOORS)[])
    expect(page).toContain(`| ${PROOF_WORDS[figure]} | ${formatCount(PROOF_FLOORS[figure])} |`);
});

test('score: tests that were written for the survivors do not count, other tests do', () => {
  const survivor = { file: '', kind: '', change: '', source: '', nth: 0 };
  const sample = {
    ...evidence.mutations[0]!,
    killed: 7,
    survivors: [survivor],
    caughtLater: [
      { ...survivor, by: NEIGHBOURS },
      { ...survivor, by: 'the tests of the file' },
    ],
  };
  expect(scoreOf([sample])).toEqual({ total: 10, caught: 8, now: 9, share: 0.8 });
  const other = { ...sample, killed: 10, survivors: [], caughtLater: [] };
  expect(scoreOf([sample, other])).toEqual({ total: 20, caught: 18, now: 19, share: 0.9 });
});

test('planted bugs: a row without a sign counts as not caught', () => {
  const row = '| no check of the fencing token | `src/core/events/fencing-token.ts` |';
  const text = (end: string) =>
    `<!-- planted-bugs -->\n| a |\n|---|\n${row} ${end}\n<!-- /planted-bugs -->`;
  expect(countPlantedBugs(text('simulation | seed 9: lost |')).caught).toBe(1);
  expect(countPlantedBugs(text('**no check** |  |')).caught).toBe(0);
  expect(countPlantedBugs(text('not tried yet | |')).caught).toBe(0);
});
