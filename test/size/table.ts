import type { Size } from './measure.ts';

const OPENING = '<!-- sizes -->';
const CLOSING = '<!-- /sizes -->';

function kilobytes(bytes: number | null | undefined): string {
  return bytes == null ? '' : `${(bytes / 1_000).toFixed(1)} kB`;
}

function row({ label, bytes, budget, goal }: Size): string {
  return `| ${[label, ...[bytes, budget, goal ?? budget].map(kilobytes)].join(' | ')} |`;
}

export function sizeTable(sizes: readonly Size[]): string {
  const head = ['| entry | minified, gzip | limit | goal |', '|---|--:|--:|--:|'];
  return [...head, ...sizes.map(row)].join('\n');
}

function tableSpan(readme: string): { readonly from: number; readonly to: number } {
  const from = readme.indexOf(OPENING);
  const to = readme.indexOf(CLOSING);
  if (from === -1 || to < from)
    throw new Error(`README.md must hold ${OPENING} and then ${CLOSING}`);
  return { from: from + OPENING.length, to };
}

export function withSizeTable(readme: string, sizes: readonly Size[]): string {
  const { from, to } = tableSpan(readme);
  return `${readme.slice(0, from)}\n${sizeTable(sizes)}\n${readme.slice(to)}`;
}

/** The bytes that a README quotes for each label. */
export function quotedSizes(readme: string): ReadonlyMap<string, number> {
  const { from, to } = tableSpan(readme);
  const rows = readme.slice(from, to).matchAll(/^\| (.+?) \| ([\d.]+) kB \|/gm);
  return new Map(Array.from(rows, ([, label = '', kB]) => [label, Number(kB) * 1_000]));
}

export function overBudget(sizes: readonly Size[]): readonly string[] {
  return sizes
    .filter(({ bytes, budget }) => budget !== null && bytes > budget)
    .map(({ label, bytes, budget }) => `${label} takes ${bytes} bytes, budget ${budget}`);
}
