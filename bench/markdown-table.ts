export interface Column {
  readonly head: string;
  readonly align: 'left' | 'right' | 'center';
}

/** A table in Markdown. */
export function markdownTable(columns: readonly Column[], rows: readonly string[][]): string[] {
  const widths = columns.map(({ head }, index) =>
    Math.max(3, head.length, ...rows.map((cells) => cells[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index])).join(' | ')} |`;
  const rules = columns.map((column, index) => rule(widths[index] ?? 0, column));
  return [line(columns.map(({ head }) => head)), line(rules), ...rows.map(line)];
}

function pad(cell: string, width: number, column: Column | undefined): string {
  if (column?.align === 'right') return cell.padStart(width);
  if (column?.align === 'left') return cell.padEnd(width);
  return cell.padStart(cell.length + Math.floor((width - cell.length) / 2)).padEnd(width);
}

function rule(width: number, { align }: Column): string {
  if (align === 'left') return '-'.repeat(width);
  const dashes = '-'.repeat(width - (align === 'right' ? 1 : 2));
  return align === 'right' ? `${dashes}:` : `:${dashes}:`;
}
