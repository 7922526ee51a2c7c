import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readManifest, root, temporary } from './paths.ts';

/** The oldest TypeScript that the README names, one in between, and the one of this project. */
const COMPILERS = ['typescript-5.4', 'typescript-5.9', 'typescript'] as const;

const RESOLUTIONS = {
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
} as const;

const LIBRARIES = {
  'with DOM': ['ES2022', 'DOM'],
  'in workers': ['ES2022', 'WebWorker'],
  'without DOM': ['ES2022'],
  'with DOM and clients': ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
} as const;

/** The modules of the consumer. Other packages than this one are in scope of the last only. */
const FILES = ['channels.ts', 'other-entries.ts', 'servers-and-features.ts'];
const FILES_WITH_CLIENTS = ['with-clients.ts'];

interface Setup {
  readonly compiler: (typeof COMPILERS)[number];
  readonly resolution: keyof typeof RESOLUTIONS;
  readonly library: keyof typeof LIBRARIES;
}

const folder = join(temporary, 'consumer');

/** A project with the built package and none of the settings of this project. */
function makeProject(): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'test/package/consumer'), folder, { recursive: true });
  const installed = join(folder, 'node_modules/ackline');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
}

function configFor({ compiler, resolution, library }: Setup): string {
  const file = join(folder, `${compiler}-${resolution}-${library.replaceAll(' ', '-')}.json`);
  const hasClients = library === 'with DOM and clients';
  const compilerOptions = {
    ...RESOLUTIONS[resolution],
    target: 'es2022',
    lib: LIBRARIES[library],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: hasClients,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: '.',
    outDir: `out/${compiler}-${resolution}-${library.replaceAll(' ', '-')}`,
  };
  const files = hasClients ? FILES_WITH_CLIENTS : FILES;
  writeFileSync(file, JSON.stringify({ compilerOptions, files }));
  return file;
}

async function faultsOf(setup: Setup): Promise<readonly string[]> {
  const tool = join(root, 'node_modules', setup.compiler, 'bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [tool, '-p', configFor(setup)], { cwd: folder });
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string };
    const { compiler, resolution, library } = setup;
    return [`types of a consumer (${compiler}, ${resolution}, ${library}): ${stdout ?? error}`];
  }
}

/** The errors of a consumer that compiles and emits declarations, in each supported set-up. */
export async function consumerFaults(): Promise<readonly string[]> {
  makeProject();
  const resolutions = Object.keys(RESOLUTIONS) as (keyof typeof RESOLUTIONS)[];
  const libraries = Object.keys(LIBRARIES) as (keyof typeof LIBRARIES)[];
  const faults: string[] = [];
  for (const compiler of COMPILERS)
    for (const resolution of resolutions) {
      const setups = libraries.map((library) => ({ compiler, resolution, library }));
      faults.push(...(await Promise.all(setups.map(faultsOf))).flat());
    }
  return [...faults, ...missingEntries(), ...(await unlistedNames())];
}

/** Each entry of the package must be in a module of the consumer. */
function missingEntries(): readonly string[] {
  const code = [...FILES, ...FILES_WITH_CLIENTS].map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  );
  return Object.keys(readManifest().exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => entry.replace(/^\./, 'ackline'))
    .filter((entry) => !code.some((one) => one.includes(`from '${entry}'`)))
    .map((entry) => `no module of the consumer imports ${entry}`);
}

const WRONG_NAME = `import { EventChannel, memoryBackend } from 'ackline';
interface Shop { 'order.placed': number; 'order.paid': number }
void new EventChannel<Shop>({ backend: memoryBackend() }).publish('order.place', 1);
`;

/** The compiler error for an unknown channel name must list the known names. */
async function unlistedNames(): Promise<readonly string[]> {
  const file = join(folder, 'wrong-name.ts');
  writeFileSync(file, WRONG_NAME);
  const tool = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tool, '--noEmit', '--strict', '--module', 'nodenext', '--ignoreConfig', file];
  const failed = await promisify(execFile)(process.execPath, args, { cwd: folder }).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
  const isListed = failed.includes('"order.paid"') && failed.includes('"order.placed"');
  return isListed ? [] : [`a wrong channel name gives an error that lists no names: ${failed}`];
}
