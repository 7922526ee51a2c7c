import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import type { PublicName } from './public-names.ts';

const FREE = 'test/reference/free-names.ts';

/** Each free name, and how it is imported. */
const freeNames = new Map(
  [
    ...readFileSync(join(root, FREE), 'utf8').matchAll(
      /^export (interface|declare const|declare function) (\w+)/gm,
    ),
  ].map(([, kind, name = '']) => [name, kind === 'interface' ? `type ${name}` : name]),
);

/** A module that compiles if an example does, by the name of its file. */
export function exampleFiles(names: readonly PublicName[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { entry, name, examples } of names)
    for (const [index, example] of examples.entries()) {
      const file = `${entry.replace('/', '-')}-${name}-${index}.ts`;
      files.set(file, moduleOf(example, entry, names));
    }
  return files;
}

/** The example within a function, where it may return and hide names, after the imports of the public names in it. */
function moduleOf(example: string, entry: string, names: readonly PublicName[]): string {
  const isModule = /^export /m.test(example);
  const body = isModule ? example : `export const run = async () => {\n${example}\n};`;
  return `${importsOf(example, entry, names).join('\n')}\n${body}\n`;
}

/** A name of several entries is that of the example's own entry, or that of `ackline`. */
function importsOf(
  example: string,
  entry: string,
  names: readonly PublicName[],
): readonly string[] {
  const imported = new Map<string, string[]>();
  const add = (from: string, word: string) =>
    imported.set(from, [...(imported.get(from) ?? []), word]);
  for (const word of new Set(example.match(/[A-Za-z]\w*/g))) {
    const found = names.filter(({ name }) => name === word);
    const own = found.find((one) => one.entry === entry);
    const best = own ?? found.find((one) => one.entry === 'ackline') ?? found[0];
    const free = freeNames.get(word);
    if (!best && free !== undefined) add('../../reference/free-names.ts', free);
    if (best) add(best.entry, best.kind === 'type' ? `type ${word}` : word);
  }
  return [...imported].map(([from, words]) => `import { ${words.join(', ')} } from '${from}';`);
}
