import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The text of one script with `entry` and all its imports. `ackline` is the source. */
export function bundleForPage(entry: string): Promise<string> {
  return bundleText(entry, { format: 'iife' });
}

/** The same as a module, minified as in production. */
export function bundleModule(entry: string): Promise<string> {
  return bundleText(entry, { format: 'esm', minify: true });
}

async function bundleText(
  entry: string,
  form: Pick<BuildOptions, 'format' | 'minify'>,
): Promise<string> {
  const { outputFiles } = await build({
    ...form,
    entryPoints: [fromRoot(entry)],
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfig: fromRoot('tsconfig.json'),
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return script.text;
}

/** Packages for Node that cannot be bundled. */
const NODE_PEERS = ['better-queue', 'fastq', 'p-queue'];

/** Writes a bundle for Node, and returns the path of the module. */
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
