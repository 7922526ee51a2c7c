import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { root } from '../paths.ts';
import { type ReadmeExample, readmeExamples } from './examples.ts';
import type { Files, Kit } from './kit.ts';
import type { Project } from './project.ts';
import { programFaults, runProgram } from './run-program.ts';

/** Those that need no page. */
function examplesForNode(): readonly ReadmeExample[] {
  return readmeExamples().filter(({ needsPage }) => !needsPage);
}

function filesOf(examples: readonly ReadmeExample[]): Files {
  return Object.fromEntries(examples.map(({ file, code }) => [file, code]));
}

/** The README names fake-indexeddb for Node. */
const PACKAGES = ['fake-indexeddb'];

/** Runs each example by itself. */
async function runEach(
  kit: Kit,
  name: string,
  examples: readonly ReadmeExample[],
  commandFor: (example: ReadmeExample) => readonly [program: string, ...args: readonly string[]],
): Promise<readonly string[]> {
  const folder = kit.project(name, filesOf(examples), PACKAGES);
  const faults: string[] = [];
  for (const example of examples) {
    const [program, ...args] = commandFor(example);
    const running = runProgram(folder, program, args);
    faults.push(...(await programFaults(`${name} ${example.file}`, running, example.prints)));
  }
  return faults;
}

const preload = ({ needsIndexedDb }: ReadmeExample, flag: string): readonly string[] =>
  needsIndexedDb ? [flag, 'fake-indexeddb/auto'] : [];

const esm: Project = {
  name: 'Node, ESM',
  run: ({ kit }) =>
    runEach(kit, 'node-esm', examplesForNode(), (example) => [
      process.execPath,
      ...preload(example, '--import'),
      example.file,
    ]),
};

/** The example without its types. */
function toJavaScript(code: string): string {
  return transformSync(code, { loader: 'ts', target: 'esnext' }).code;
}

/** `import` becomes `require`, and the body an asynchronous function. Nothing else changes. */
function toCommonJs(code: string): string {
  const required = toJavaScript(code).replaceAll(
    /^import (\{.*?\}) from ("[^"]+");$/gm,
    'const $1 = require($2);',
  );
  return `(async () => {\n${required}\n})();`;
}

const commonJs: Project = {
  name: 'Node, CommonJS by require()',
  run: ({ kit }) => {
    const examples = examplesForNode().map((example) => ({
      ...example,
      file: example.file.replace('.ts', '.cjs'),
      code: toCommonJs(example.code),
    }));
    return runEach(kit, 'node-cjs', examples, (example) => [
      process.execPath,
      ...preload(example, '--import'),
      example.file,
    ]);
  },
};

const bun: Project = {
  name: 'Bun',
  run: ({ kit }) =>
    runEach(kit, 'bun', examplesForNode(), (example) => [
      join(root, 'node_modules/.bin/bun'),
      'run',
      ...preload(example, '--preload'),
      example.file,
    ]),
};

/** The README says so: an open BroadcastChannel keeps a Deno process alive. */
function endedByShutdown(example: ReadmeExample): ReadmeExample {
  const line = 'await events.shutdown();\n';
  return example.code.includes(line) ? example : { ...example, code: example.code + line };
}

const deno: Project = {
  name: 'Deno',
  run: ({ kit }) =>
    runEach(kit, 'deno', examplesForNode().map(endedByShutdown), (example) => [
      join(root, 'node_modules/.bin/deno'),
      'run',
      '-A',
      '--node-modules-dir=manual',
      ...preload(example, '--preload').map((word) =>
        word === 'fake-indexeddb/auto' ? 'npm:fake-indexeddb/auto' : word,
      ),
      example.file,
    ]),
};

/** A test that imports each example. It fails where one throws. */
function testOf(library: string, extension: string): Files {
  const lines = examplesForNode().map(({ file }) => {
    const name = file.replace('.ts', extension);
    return `test('${name}', () => import('./${name}'));`;
  });
  const text = [`import { test } from '${library}';`, ...lines].join('\n');
  return { 'readme.test.js': `import 'fake-indexeddb/auto';\n${text}\n` };
}

const vitest: Project = {
  name: 'Vitest',
  run: ({ kit }) => {
    const files = { ...filesOf(examplesForNode()), ...testOf('vitest', '.ts') };
    const folder = kit.project('vitest', files, [...PACKAGES, 'vitest']);
    const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder];
    const expected = [/3 passed/, /order 1 over 25/];
    return programFaults('vitest', runProgram(folder, process.execPath, args), expected);
  },
};

const jest: Project = {
  name: 'Jest, ESM',
  run: ({ kit }) => {
    const scripts = examplesForNode().map(({ file, code }) => [
      file.replace('.ts', '.js'),
      toJavaScript(code),
    ]);
    const files = { ...Object.fromEntries(scripts), ...testOf('@jest/globals', '.js') };
    const folder = kit.project('jest', files, [...PACKAGES, 'jest', '@jest/globals']);
    const config = JSON.stringify({ testEnvironment: 'node', transform: {}, watchman: false });
    const script = join(root, 'node_modules/jest/bin/jest.js');
    const args = ['--experimental-vm-modules', script, '--ci', '--config', config];
    const expected = [/3 passed, 3 total/, /order 1 over 25/];
    return programFaults('jest', runProgram(folder, process.execPath, args), expected);
  },
};

export const NODE_PROJECTS: readonly Project[] = [esm, commonJs, bun, deno, vitest, jest];
