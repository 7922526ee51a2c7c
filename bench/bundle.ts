import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The text of one script made of `entry` and all that it imports; `ackline` leads to the source. */
export async function bundleForPage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fromRoot(entry)],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfig: fromRoot('tsconfig.json'),
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return script.text;
}

/** Packages of Node that do not bear to be bundled. */
const NODE_PEERS = ['better-queue', 'fastq', 'p-queue'];

/** Writes the same for Node, and returns the path of the module. */
export async function bundleForNode(entry: string, name: string): Promise<string> {
  const outfile = fromRoot(`bench/.tmp/${name}.mjs`);
  await build({
    entryPoints: [fromRoot(entry)],
    bundle: true,
    outfile,
    platform: 'node',
    external: NODE_PEERS,
    format: 'esm',
    target: 'node20',
    tsconfig: fromRoot('tsconfig.json'),
  });
  return outfile;
}
