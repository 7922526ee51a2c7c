export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function sumOf<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0);
}

/** A table in Markdown. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

/** The different texts of all, in their order. */
export function differentOf<T>(
  all: readonly T[],
  of: (one: T) => string,
  separator = ', ',
): string {
  return [...new Set(all.map(of))].join(separator);
}

/** The groups of all that have the same name, in the order of the names. */
export function groupsOf<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(nameOf(one), [...(groups.get(nameOf(one)) ?? []), one]);
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
}
