import { blockSpan, withBlock } from '../support/marked-block.ts';
import type { Size } from './measure.ts';

const BLOCK = 'sizes';

function kilobytes(bytes: number | null | undefined): string {
  return bytes == null ? '' : `${(bytes / 1_000).toFixed(1)} kB`;
}

/** The sizes for users. `npm run size` prints limits and goals too. */
export function usersTable(sizes: readonly Size[]): string {
  const head = ['| entry | minified, gzip |', '|---|--:|'];
  const rows = sizes.map(({ label, bytes }) => `| ${label} | ${kilobytes(bytes)} |`);
  return [...head, ...rows].join('\n');
}

export function sizeTable(sizes: readonly Size[]): string {
  const head = ['| entry | minified, gzip | limit | goal |', '|---|--:|--:|--:|'];
  const rows = sizes.map(({ label, bytes, budget, goal }) =>
    [label, ...[bytes, budget, goal ?? budget].map(kilobytes)].join(' | '),
  );
  return [...head, ...rows.map((row) => `| ${row} |`)].join('\n');
}

export function withSizeTable(page: string, sizes: readonly Size[]): string {
  return withBlock(page, BLOCK, usersTable(sizes));
}

/** The bytes that a page quotes for each label. */
export function quotedSizes(page: string): ReadonlyMap<string, number> {
  const { from, to } = blockSpan(page, BLOCK);
  const rows = page.slice(from, to).matchAll(/^\| (.+?) \| ([\d.]+) kB \|/gm);
  return new Map(Array.from(rows, ([, label = '', kB]) => [label, Number(kB) * 1_000]));
}

export function overBudget(sizes: readonly Size[]): readonly string[] {
  return sizes
    .filter(({ bytes, budget }) => budget !== null && bytes > budget)
    .map(({ label, bytes, budget }) => `${label} takes ${bytes} bytes, budget ${budget}`);
}
