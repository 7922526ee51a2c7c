import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';
import { blockSpan } from '../support/marked-block.ts';
import { DOCUMENT, reliabilityPage } from './document.ts';
import { countPlantedBugs, type Evidence, readEvidence } from './evidence.ts';
import { goalsOf, scoreOf } from './goals.ts';
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
  const unexplained = evidence.mutation.survivors.filter(({ verdict, why }) => !verdict || !why);
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

test('score: tests that were written after the run count for the present score, not for the first', () => {
  const survivor = { file: '', kind: '', change: '', source: '', nth: 0 };
  const mutation = {
    ...evidence.mutation,
    killed: 8,
    survivors: [survivor],
    caughtLater: [{ ...survivor, by: 'a test' }],
  };
  expect(scoreOf(mutation)).toEqual({ total: 10, caught: 9, share: 0.9, first: 0.8 });
});

test('planted bugs: a row without a sign counts as not caught', () => {
  const row = '| no check of the fencing token | `src/core/fencing-token.ts` |';
  const text = (end: string) =>
    `<!-- planted-bugs -->\n| a |\n|---|\n${row} ${end}\n<!-- /planted-bugs -->`;
  expect(countPlantedBugs(text('simulation | seed 9: lost |')).caught).toBe(1);
  expect(countPlantedBugs(text('**no check** |  |')).caught).toBe(0);
  expect(countPlantedBugs(text('not tried yet | |')).caught).toBe(0);
});
