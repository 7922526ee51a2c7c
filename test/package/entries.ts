import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Exports } from './paths.ts';
import { root } from './paths.ts';

/** The packages that an entry may import at run time and in its types. No other entry exists. */
const ALLOWED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '.': ['nanoid'],
  './broadcast': ['nanoid'],
  './cloudevents': ['nanoid'],
  './codec': ['nanoid'],
  './flow': ['nanoid'],
  './forward': ['nanoid'],
  './groups': ['nanoid'],
  './indexeddb': ['nanoid', 'idb'],
  './ingress': ['nanoid'],
  './opentelemetry': ['nanoid', '@opentelemetry/api'],
  './nats': ['nanoid', '@nats-io/nats-core'],
  './outbox': ['nanoid'],
  './inspection': ['nanoid'],
  './react': ['nanoid', 'react'],
  './inspector': ['nanoid'],
  './results': ['nanoid'],
  './schema': ['nanoid'],
  './sqlite': ['nanoid'],
  './postgres': ['nanoid'],
  './testing': ['nanoid'],
  './vue': ['nanoid', 'vue'],
};

const IMPORTED = /(?:(?<!['"])\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g;

function targetsOf(conditions: Exports[string]): readonly string[] {
  return typeof conditions === 'string' ? [conditions] : Object.values(conditions);
}

function entriesOf(exports: Exports): readonly string[] {
  return Object.keys(exports).filter((entry) => entry !== './package.json');
}

/** Checks that every target exists, and that every module at the top of dist is a target. */
export function mapFaults(exports: Exports): readonly string[] {
  const targets = Object.values(exports).flatMap(targetsOf);
  const missing = targets.filter((target) => !existsSync(join(root, target)));
  const modules = globSync('dist/*.{js,d.ts}', { cwd: root }).map((file) => `./${file}`);
  const unnamed = modules.filter((file) => !targets.includes(file));
  return [
    ...missing.map((target) => `the exports map names ${target}, which is not there`),
    ...unnamed.map((file) => `${file} is no entry of the exports map`),
  ];
}

async function packagesOf(file: string): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
    outdir: 'unused',
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  return new Set(imports.filter((one) => one.external === true).map((one) => one.path));
}

/** Checks that no entry imports a package that it may not use. */
export async function importFaults(exports: Exports): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const entry of entriesOf(exports)) {
    const file = targetsOf(exports[entry]!).find((target) => target.endsWith('.js'));
    const allowed = ALLOWED_PACKAGES[entry];
    if (allowed === undefined || file === undefined || !existsSync(join(root, file))) {
      faults.push(`the entry ${entry} has no module, or no list of packages in entries.ts`);
      continue;
    }
    for (const name of await packagesOf(file))
      if (!allowed.includes(name)) faults.push(`the entry ${entry} imports ${name}`);
  }
  return faults;
}

/** Checks that the types name only packages that the entries may use, and no source file. */
export function typeFaults(): readonly string[] {
  const packages = new Set(Object.values(ALLOWED_PACKAGES).flat());
  const faults: string[] = [];
  for (const file of globSync('dist/**/*.d.ts', { cwd: root }))
    for (const [, name = ''] of readFileSync(join(root, file), 'utf8').matchAll(IMPORTED))
      if (!name.startsWith('.') && !packages.has(name)) faults.push(`${file} imports ${name}`);
  return faults;
}
