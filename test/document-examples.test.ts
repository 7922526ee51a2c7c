import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { Example } from './examples/extract.ts';
import { extractExamples } from './examples/extract.ts';
import { root, temporary } from './package/paths.ts';

const folder = join(temporary, 'examples');
const documents = ['README.md', ...globSync('docs/**/*.md', { cwd: root }).sort()];
const examples = documents.flatMap((document) =>
  extractExamples(document, readFileSync(join(root, document), 'utf8')),
);

const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
const tsconfig = {
  extends: '../../../tsconfig.json',
  compilerOptions,
  include: ['**/*.ts'],
  exclude: [],
};

function fileOf({ document, line, file }: Example): string {
  const name = document.replaceAll('/', '-');
  return join(folder, file === undefined ? `${name}-${line}.ts` : `${name}/${file}`);
}

/** The output of a program, and its exit code. */
function runNode(
  args: readonly string[],
  timeout = 20_000,
): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, timeout }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
  });
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  // The export makes a block without imports a module.
  for (const example of examples) {
    mkdirSync(dirname(fileOf(example)), { recursive: true });
    writeFileSync(fileOf(example), `${example.code}export {};\n`);
  }
});

test('README: has an example that runs', () => {
  expect(examples.some(({ document, runs }) => document === 'README.md' && runs)).toBe(true);
});

test('documents: each ts block compiles', { timeout: 150_000 }, async () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = await runNode([tsc, '-p', folder, '--pretty', 'false'], 120_000);
  expect(compiled).toEqual({ code: 0, output: '' });
});

for (const example of examples.filter(({ runs }) => runs))
  test(`${example.document}:${example.line} runs and ends`, { timeout: 30_000 }, async () => {
    const sources = pathToFileURL(join(root, 'test/setup/source-entries.mjs')).href;
    const preloads = ['--import', 'fake-indexeddb/auto', '--import', sources];
    const { code, output } = await runNode([...preloads, fileOf(example)]);
    expect(code, output).toBe(0);
  });

test('extractExamples: takes ts blocks, marks those that run, and leaves other languages', () => {
  const text = ['```ts run', 'a();', '```', '```sh', 'npm test', '```', '', '```ts', 'b();', '```'];
  expect(extractExamples('page.md', text.join('\n'))).toEqual([
    { document: 'page.md', line: 1, runs: true, code: 'a();\n' },
    { document: 'page.md', line: 8, runs: false, code: 'b();\n' },
  ]);
  expect(extractExamples('page.md', '```ts file=c.ts\nc();\n```')).toEqual([
    { document: 'page.md', line: 1, runs: false, file: 'c.ts', code: 'c();\n' },
  ]);
  expect(() => extractExamples('page.md', '```ts\nc();')).toThrow('page.md:1');
});
