import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { entrySources } from './entry-sources.mjs';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The scripts that this process has made, because each test of a file serves the same. A plugin is known by its name. */
const made = new Map<string, Promise<string>>();

/** One script with `entry` and all its imports. The entries of the package are the source. */
export function bundle(entry: URL, ...plugins: readonly Plugin[]): Promise<string> {
  const key = [entry.href, ...plugins.map(({ name }) => name)].join(' ');
  const script = made.get(key) ?? make(entry, plugins);
  made.set(key, script);
  return script;
}

async function make(entry: URL, plugins: readonly Plugin[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    plugins: [...plugins],
    format: 'esm',
    write: false,
    target: 'es2022',
    alias: Object.fromEntries(
      [...entrySources].map(([entry, source]) => [entry, fromRoot(source)]),
    ),
  });
  return outputFiles[0]?.text ?? '';
}
