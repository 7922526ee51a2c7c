import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../package/paths.ts';
import { measureSizes } from './measure.ts';
import { overBudget, sizeTable, withSizeTable } from './table.ts';

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, write: { type: 'boolean' } },
});
const sizes = await measureSizes();
console.log(flags.json === true ? JSON.stringify(sizes, null, 2) : sizeTable(sizes));

if (flags.write === true) {
  const figures = join(root, 'docs/figures.md');
  writeFileSync(figures, withSizeTable(readFileSync(figures, 'utf8'), sizes));
}

const excesses = overBudget(sizes);
for (const excess of excesses) console.error(excess);
process.exitCode = excesses.length === 0 ? 0 : 1;
