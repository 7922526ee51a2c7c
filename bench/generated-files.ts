import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withBlock } from '../test/support/marked-block.ts';
import { renderPlot } from './plot-svg.ts';
import { type Entry, plotPath, renderReport, renderResults } from './report.ts';
import { speedTable } from './speed-table.ts';

export type Entries = Readonly<Record<string, Entry>>;

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const FIGURES = fileURLToPath(new URL('../docs/figures.md', import.meta.url));
const PLOTS = join(FOLDER, 'plots');
const RESULTS = join(FOLDER, 'results.json');

export function readEntries(): Entries {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
}

export function writeEntries(entries: Entries): void {
  writeFileSync(RESULTS, renderResults(entries));
}

/** The text of each file that is generated from the figures, by its path. */
export function generatedFiles(entries: Entries): ReadonlyMap<string, string> {
  const plots = Object.entries(entries).flatMap(([name, { plots = [] }]) =>
    plots.map((plot) => [join(FOLDER, plotPath(name, plot)), renderPlot(plot)] as const),
  );
  const figures = withBlock(readFileSync(FIGURES, 'utf8'), 'speed', speedTable(entries));
  return new Map([
    [FIGURES, figures],
    [join(FOLDER, 'README.md'), renderReport(entries)],
    ...plots,
  ]);
}

/** Drawings in the folder that no bench generates. */
export function staleFiles(entries: Entries): readonly string[] {
  const generated = generatedFiles(entries);
  const drawings = existsSync(PLOTS) ? readdirSync(PLOTS) : [];
  return drawings.map((name) => join(PLOTS, name)).filter((path) => !generated.has(path));
}

export function writeGeneratedFiles(entries: Entries): void {
  for (const path of staleFiles(entries)) rmSync(path);
  for (const [path, text] of generatedFiles(entries)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
