import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import type { Ratio } from '../bench/bench.ts';
import { generatedFiles, readEntries, staleFiles } from '../bench/generated-files.ts';
import { type Entry, renderResults } from '../bench/report.ts';
import { SPEED_ROWS } from '../bench/speed-rows.ts';
import { quotedFigures, speedTable, unfilledRows } from '../bench/speed-table.ts';
import { root } from './package/paths.ts';
import { blockSpan } from './support/marked-block.ts';

const entries = readEntries();
const [row] = SPEED_ROWS;

for (const [path, text] of generatedFiles(entries))
  test(`${relative(root, path)}: is what results.json generates (npm run bench -- --render)`, () => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

test('plots: each drawing is generated', () => {
  expect(staleFiles(entries)).toEqual([]);
});

test('results.json: has the form that the benchmark writes', () => {
  const written = readFileSync(new URL('../bench/results.json', import.meta.url), 'utf8');
  expect(written).toBe(renderResults(entries));
});

test('README, docs/figures.md: quote no figure of speed that the table does not have', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const page = readFileSync(new URL('../docs/figures.md', import.meta.url), 'utf8');
  const { from, to } = blockSpan(page, 'speed');
  const generated = quotedFigures(page.slice(from, to));
  const prose = quotedFigures(readme + page.slice(0, from) + page.slice(to));
  expect(prose.filter((figure) => !generated.includes(figure))).toEqual([]);
});

test('quotedFigures: finds ratios and rates, but not options and sizes', () => {
  const text = 'It does 19,327 cycles/s, 28.7× as many, in 3 µs; leaseMs is 30,000 ms, 5 kB.';
  expect(quotedFigures(text)).toEqual(['19,327 cycles/s', '28.7×', '3 µs']);
});

function entryWith(ratio: Partial<Ratio>): Entry {
  const series = [row!.ours, row!.theirs].map((subject, index) => ({
    subject,
    rounds: [1_000 * (index + 1)],
  }));
  return {
    summary: '',
    machine: { cores: 2, memoryGigabytes: 8, node: '24.0.0', browser: null },
    tables: [{ title: row!.table, unit: 'cycles/s', series }],
    ratios: [{ what: row!.ratio, rounds: [0.5], ...ratio }],
  };
}

test('speedTable: shows both figures and their ratio, and says when the goal is missed', () => {
  const missed = speedTable({ [row!.bench]: entryWith({ atLeast: 8 }) });
  expect(missed).toContain('| 1,000 cycles/s |');
  expect(missed).toContain(': 2,000 cycles/s | 0.5× | ≥ 8, **missed** |');
  expect(speedTable({ [row!.bench]: entryWith({ atLeast: 0.5 }) })).toContain('| ≥ 0.5, met |');
});

test('speedTable: leaves out rows that were not measured', () => {
  expect(speedTable({})).not.toContain(row!.what);
  expect(unfilledRows({})).toEqual([]);
});

test('unfilledRows: names the row whose bench has run without giving its figure', () => {
  const unfilled = unfilledRows({ [row!.bench]: entryWith({ what: 'renamed' }) });
  expect(unfilled).toContain(`${row!.bench}: ${row!.ratio}`);
});
