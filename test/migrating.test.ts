// Runs the codes of docs/migrating.md: what the page says of the old queues, and what takes their place.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import { root, temporary } from './package/paths.ts';

const page = readFileSync(join(root, 'docs/migrating.md'), 'utf8');
const folder = join(temporary, 'migrating');
const installed = createRequire(import.meta.url);

/** The blocks of one section, in order. */
function blocksOf(
  section: string,
): readonly { readonly language: string; readonly code: string }[] {
  const [, text = ''] = page.split(`## From ${section}\n`);
  const [own = ''] = text.split('\n## ');
  return [...own.matchAll(/```(js|ts)[^\n]*\n([\s\S]*?)```/g)].map(([, language, code]) => ({
    language: String(language),
    code: String(code),
  }));
}

function codeOf(section: string, language: 'js' | 'ts'): string {
  return blocksOf(section).find((block) => block.language === language)?.code ?? '';
}

/** What the platform and the server are in these runs. `answers` are the statuses of the first requests, then 202. */
const WORLD = `
const kept = new Map();
globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => void kept.set(name, text),
  removeItem: (name) => void kept.delete(name),
};
globalThis.addEventListener ??= () => undefined;
const answers = [];
const received = [];
const dispatched = [];
globalThis.store = { dispatch: (action) => void dispatched.push(action) };
const PlatformRequest = globalThis.Request;
globalThis.Request = class extends PlatformRequest {
  constructor(url, init) {
    super(typeof url === 'string' ? new URL(url, 'http://shop.test') : url, init);
  }
};
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const status = answers.shift() ?? 202;
  received.push({ status, key: request.headers.get('idempotency-key'), body: await request.json() });
  return new Response(null, { status });
};
const until = async (isSo) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};
`;

/** Runs a block and what follows it. Resolves with what it logs as JSON. */
async function run(name: string, code: string, scenario: string): Promise<unknown> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.mjs`);
  const { code: plain } = await transform(code, { loader: 'ts' });
  writeFileSync(file, `${WORLD}\n${plain}\n${scenario}\nprocess.exit(0);\n`);
  const sources = pathToFileURL(join(root, 'test/setup/source-entries.mjs')).href;
  const args = ['--import', 'fake-indexeddb/auto', '--import', sources, file];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout));
    });
  });
}

const SECTIONS = {
  'workbox-background-sync': 'workbox-background-sync',
  'a list in localStorage': undefined,
  'redux-offline': undefined,
  'TanStack offline-transactions': '@tanstack/offline-transactions',
};

describe.each(Object.entries(SECTIONS))('from %s', (section, library) => {
  test('has the code before, and after it the code that takes its place', async () => {
    const [first, ...others] = blocksOf(section);
    expect(first?.language).toBe('js');
    await transform(first?.code ?? '', { loader: 'js' });
    expect(others.map(({ language }) => language)).toContain('ts');
  });

  test('the code before is that of the version that is installed', async ({ skip }) => {
    if (!library) skip('the code before uses no library');
    const [code] = blocksOf(section);
    const manifest = installed.resolve(`${library}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    expect(page).toContain(`(${library === section ? '' : `${library} `}${version})`);
    // Workbox is for workers.
    vi.stubGlobal('self', globalThis);
    const names = Object.keys((await import(String(library))) as object);
    const used = names.filter((name) => code?.code.includes(name));
    expect(used).toContain(library === section ? 'BackgroundSyncPlugin' : 'startOfflineExecutor');
  });
});

test('a list in localStorage: a 500 counts as sent; after, it is sent again, and a list that is taken over twice arrives once', async () => {
  const section = 'a list in localStorage';
  const before = await run(
    'before',
    codeOf(section, 'js'),
    `
answers.push(500);
order({ id: 'a', article: 'tea' });
await until(() => localStorage.getItem('orders') === '[]');
console.log(JSON.stringify(received.map(({ status }) => status)));
`,
  );
  expect(before).toEqual([500]);
  const after = await run(
    'after',
    codeOf(section, 'ts'),
    `
const list = JSON.stringify([{ id: 'a', article: 'tea' }, { id: 'b', article: 'ink' }]);
answers.push(500);
for (const tab of [1, 2]) {
  localStorage.setItem('orders', list);
  await takeOver();
}
await order({ id: 'c', article: 'salt' });
const done = () => received.filter(({ status }) => status === 202).map(({ key }) => key);
await until(() => done().length === 3);
console.log(JSON.stringify([localStorage.getItem('orders'), received.length, done().sort()]));
`,
  );
  expect(after).toEqual([null, 4, ['a', 'b', 'c']]);
});

test('redux-offline: commit and rollback are dispatched under the id of the action', async () => {
  const dispatched = await run(
    'redux',
    codeOf('redux-offline', 'ts'),
    `
answers.push(202, 422);
await addTodo({ id: 'a', text: 'buy tea' });
await until(() => dispatched.length === 2);
await addTodo({ id: 'b', text: '' });
await until(() => dispatched.length === 4);
console.log(JSON.stringify(dispatched.map(({ type, id, todo }) => type + ' ' + (id ?? todo.id))));
`,
  );
  expect(dispatched).toEqual([
    'ADD_TODO a',
    'ADD_TODO_COMMIT a',
    'ADD_TODO b',
    'ADD_TODO_ROLLBACK b',
  ]);
});

test('TanStack: the changes of a list arrive in order, and each change of another list, too', async () => {
  const received = await run(
    'tanstack',
    codeOf('TanStack offline-transactions', 'ts'),
    `
answers.push(500);
await Promise.all([
  addTodo({ id: 'a1', list: 'a', text: '' }),
  addTodo({ id: 'a2', list: 'a', text: '' }),
  addTodo({ id: 'b1', list: 'b', text: '' }),
]);
await until(() => received.filter(({ status }) => status === 202).length === 3);
console.log(JSON.stringify(received.map(({ status, key }) => status + ' ' + key)));
`,
  );
  const ofList = (list: string) => (received as string[]).filter((one) => one.includes(list));
  expect([ofList('a'), ofList('b')]).toEqual([['500 a1', '202 a1', '202 a2'], ['202 b1']]);
});
