// Covers src/core/options/options.ts, src/core/events/message.ts, src/core/events/receipts.ts, src/core/protocols/capability.ts
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './package/paths.ts';

const page = readFileSync(join(root, 'docs/options.md'), 'utf8');

/** The options of an interface, by its source. */
function optionsOf(file: string, name: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*{([\\s\\S]*?)\\n}`).exec(source) ?? [];
  return [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, option]) => option!);
}

test.each([
  ['src/core/options/options.ts', 'ChannelSettings', '## Settings of a channel'],
  ['src/core/events/message.ts', 'PublishOptions', '## Options of one publish'],
  ['src/core/events/receipts.ts', 'ConfirmTerms', '## Options of one publish'],
])('docs/options.md: has a row for each option of %s, %s', (file, name, heading) => {
  const [, rest = ''] = page.split(heading);
  const [section = ''] = rest.split('\n## ');
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => row.split(' | ')[0]!.match(/(?<=`)\w+(?=`)/g) ?? []);
  const options = optionsOf(file, name);
  expect(options.length).toBeGreaterThan(2);
  expect(options.filter((option) => !named.includes(option))).toEqual([]);
});

test('docs/backends.md: has a row for each capability', () => {
  const source = readFileSync(join(root, 'src/core/protocols/capability.ts'), 'utf8');
  const [, union = ''] = /type Capability =([^;]*);/.exec(source) ?? [];
  const capabilities = [...union.matchAll(/\| '(\w+)'/g)].map(([, name]) => name!);
  const backends = readFileSync(join(root, 'docs/backends.md'), 'utf8');
  const [, table = ''] = backends.split('## Capabilities');
  const cells = table.split('\n').map((line) => line.split(' | ')[0]!);
  const named = cells.flatMap((cell) => (cell.startsWith('| `') ? cell.match(/\w+/g) : []) ?? []);
  expect(capabilities.length).toBeGreaterThan(30);
  expect(capabilities.filter((name) => !named.includes(name))).toEqual([]);
});
