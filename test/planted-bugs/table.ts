import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { blockSpan, withBlock } from '../support/marked-block.ts';
import type { PlantedBug } from './planted-bug.ts';

/** The check that caught a bug, and the sign by which it did. Without `check` no check has caught it. */
export interface Catch {
  readonly bug: PlantedBug;
  readonly check?: string;
  readonly sign?: string;
}

const BLOCK = 'planted-bugs';
const HEAD = '| mistake | file | caught by | sign |\n|---|---|---|---|';

export const DOCUMENT = join(root, 'docs/planted-bugs.md');

const NOT_TRIED = 'not tried yet';

/** Puts the rows of `catches` into the table of the document. The rows of other bugs stay. */
export function writeTable(catches: readonly Catch[], bugs: readonly PlantedBug[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const rows = new Map([
    ...rowsOf(text),
    ...catches.map((one) => [one.bug.name, rowOf(one)] as const),
  ]);
  const table = bugs.map(
    (bug) => rows.get(bug.name) ?? `| ${bug.name} | \`${bug.file}\` | ${NOT_TRIED} | |`,
  );
  writeFileSync(DOCUMENT, withBlock(text, BLOCK, [HEAD, ...table].join('\n')));
}

/** The rows of the table by the name of the mistake. */
export function rowsOf(text: string): Map<string, string> {
  const { from, to } = blockSpan(text, BLOCK);
  const rows = text.slice(from, to).trim().split('\n').slice(2);
  return new Map(rows.map((row) => [row.split(' | ')[0]?.slice(2) ?? '', row]));
}

function rowOf({ bug: { name, file, real }, check, sign = '' }: Catch): string {
  const none =
    real === undefined ? '**no check**' : `\`${real}\` in a real browser, with \`--real\``;
  const cells = [name, `\`${file}\``, check ?? none, sign.replaceAll('|', '\\|')];
  return `| ${cells.join(' | ')} |`;
}
