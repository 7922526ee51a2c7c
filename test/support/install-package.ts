import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { readManifest, root } from '../package/paths.ts';

/** Makes an empty ESM project in `folder` with the package installed, built from the current sources. */
export async function installPackage(folder: string): Promise<void> {
  const installed = join(folder, 'node_modules/ackline');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const { exports } = readManifest();
  const doors = Object.keys(exports).filter((door) => !door.endsWith('.json'));
  const entryPoints = doors.map((door) =>
    join(root, 'src', door === '.' ? 'index.ts' : `${door.slice(2)}.ts`),
  );
  await build({
    entryPoints,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    outdir: join(installed, 'dist'),
    external: ['idb', 'nanoid'],
  });
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ type: 'module', exports }));
}
