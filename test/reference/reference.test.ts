import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, temporary } from '../package/paths.ts';
import { exampleFiles } from './example-files.ts';
import { referencePage } from './page.ts';
import { referencePages } from './pages.ts';
import { type PublicName, publicNames, usersOf } from './public-names.ts';

const names = publicNames();
const shownAs = ({ entry, name }: PublicName) => `${entry}: ${name}`;

test('docs/reference: it equals the pages that npm run reference draws from the docstrings of src', () => {
  const pages = referencePages();
  const folder = join(root, 'docs/reference');
  expect(readdirSync(folder).toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [file, text] of pages) expect(readFileSync(join(folder, file), 'utf8')).toBe(text);
});

test('docstrings: each public function, class and constant has a text and an example', () => {
  const values = names.filter(({ kind }) => kind === 'value');
  expect(values.length).toBeGreaterThan(80);
  expect(values.filter(({ text }) => text === '').map(shownAs)).toEqual([]);
  expect(values.filter(({ examples }) => examples.length === 0).map(shownAs)).toEqual([]);
});

/** Types that only a caller's own code names: no signature of a function or class leads to them. */
const BY_HAND: readonly string[] = [];

test('docstrings: each public type has an example, or belongs to a function or class that has one', () => {
  const isShown = (one: PublicName) =>
    one.examples.length > 0 || usersOf(one, names).some(({ examples }) => examples.length > 0);
  const types = names.filter(({ kind }) => kind === 'type');
  expect(types.length).toBeGreaterThan(200);
  expect(types.filter((one) => !isShown(one)).map(shownAs)).toEqual(BY_HAND);
});

test('docstrings: each example compiles', { timeout: 150_000 }, async () => {
  const folder = join(temporary, 'reference');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noImplicitReturns: false,
    allowUnreachableCode: true,
  };
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions,
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const files = exampleFiles(names);
  expect(files.size).toBeGreaterThan(80);
  for (const [file, text] of files) writeFileSync(join(folder, file), text);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const output = await new Promise<string>((resolve) => {
    const args = [tsc, '-p', folder, '--pretty', 'false'];
    execFile(process.execPath, args, { cwd: root, timeout: 120_000 }, (error, stdout) =>
      resolve(error === null ? '' : stdout || String(error)),
    );
  });
  expect(output).toBe('');
});

const made = (given: Partial<PublicName> & { readonly name: string }): PublicName => ({
  mentions: given.signature ?? '',
  entry: 'ackline/flow',
  kind: 'value',
  path: 'src/flow/at-rate.ts',
  signature: `function ${given.name}(): void;`,
  text: 'Does it. See {@link other} and {@link https://example.org/a}.',
  examples: [],
  ...given,
});

test('referencePage: a section has the text, the signature, the examples and the source of a name', () => {
  const type = made({ name: 'B', kind: 'type', signature: 'interface B {}', text: '' });
  const user = made({ name: 'a', signature: 'function a(b: B): void;', examples: ['a({});'] });
  expect(referencePage('ackline/flow', [user, type]).split('\n').slice(4)).toEqual([
    '[`a`](#a), [`B`](#b)',
    '',
    '## a',
    '',
    'Does it. See `other` and <https://example.org/a>.',
    '',
    '```typescript',
    'function a(b: B): void;',
    '```',
    '',
    'Example:',
    '',
    '```typescript',
    'a({});',
    '```',
    '',
    'Source: `flow/at-rate.ts`',
    '',
    '## B',
    '',
    '```typescript',
    'interface B {}',
    '```',
    '',
    'Used by [`a`](#a).',
    '',
    'Source: `flow/at-rate.ts`',
    '',
  ]);
});

test('usersOf: a type of an option belongs to the function that takes the options', () => {
  const kind = 'type' as const;
  const inner = made({ name: 'Inner', kind, signature: 'type Inner = 1' });
  const outer = made({ name: 'Outer', kind, signature: 'interface Outer { a: Inner }' });
  const user = made({ name: 'run', signature: 'function run(options: Outer): void;' });
  const other = made({ name: 'rest', signature: 'function rest(options: InnerMost): void;' });
  expect(usersOf(inner, [inner, outer, user, other])).toEqual([user]);
});
