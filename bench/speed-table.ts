import type { Ratio, Series, Table } from './bench.ts';
import { type Entry, goalOf, isMet, show } from './report.ts';
import { SPEED_ROWS, type SpeedRow } from './speed-rows.ts';
import { medianOf } from './statistics.ts';

/** The parts of one row of the table. */
interface Figures {
  readonly ratio: Ratio;
  readonly unit: string;
  readonly ours: Series;
  readonly theirs: Series;
}

const HEAD = ['| what | ackline | beside | ratio | goal |', '|---|--:|---|--:|---|'];

/** The short table of docs/figures.md and the machine it was measured on. A row without figures is left out. */
export function speedTable(entries: Readonly<Record<string, Entry>>): string {
  const rows = SPEED_ROWS.flatMap((row) => {
    const figures = figuresOf(row, entries);
    return figures === undefined ? [] : [cells(row, figures)];
  });
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  return [...HEAD, ...lines, '', renderMachine(entries)].join('\n');
}

/** Rows whose bench has run without giving the figures that they name. The row or the figures are out of date. */
export function unfilledRows(entries: Readonly<Record<string, Entry>>): readonly string[] {
  return SPEED_ROWS.filter(
    (row) => entries[row.bench] !== undefined && figuresOf(row, entries) === undefined,
  ).map(({ bench, ratio }) => `${bench}: ${ratio}`);
}

/** All figures of speed in the text of a page. */
export function quotedFigures(text: string): readonly string[] {
  return text.match(/\d[\d,.]* ?(?:×|(?:cycles|events|messages)\/s|µs)/g) ?? [];
}

function figuresOf(row: SpeedRow, entries: Readonly<Record<string, Entry>>): Figures | undefined {
  const entry = entries[row.bench];
  const ratio = entry?.ratios.find(({ what }) => what === row.ratio);
  const table = entry?.tables.find(({ title }) => title === row.table);
  const ours = seriesOf(table, row.ours);
  const theirs = seriesOf(table, row.theirs);
  if (ratio === undefined || table === undefined) return undefined;
  if (ours === undefined || theirs === undefined) return undefined;
  return { ratio, unit: table.unit, ours, theirs };
}

function seriesOf(table: Table | undefined, name: string): Series | undefined {
  return table?.series.find(({ subject }) => subject === name);
}

function cells({ what, beside }: SpeedRow, { ratio, unit, ours, theirs }: Figures): string[] {
  const figure = ({ rounds }: Series) => `${show(medianOf(rounds))} ${unit}`;
  const goal = goalOf(ratio);
  const verdict = isMet(ratio) ? 'met' : '**missed**';
  return [
    what,
    figure(ours),
    `${beside}: ${figure(theirs)}`,
    `${show(medianOf(ratio.rounds))}×`,
    goal === '' ? '' : `${goal}, ${verdict}`,
  ];
}

function renderMachine(entries: Readonly<Record<string, Entry>>): string {
  const machines = SPEED_ROWS.flatMap(({ bench }) => entries[bench]?.machine ?? []);
  const driven = machines.find(({ browser }) => browser !== null) ?? machines[0];
  if (driven === undefined) return 'Nothing is measured yet.';
  const { cores, node, browser } = driven;
  return `Medians, measured on ${cores} cores in ${[`Node ${node}`, browser ?? []].flat().join(' and ')}.`;
}
