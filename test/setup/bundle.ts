import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const src = (door: string): string => fileURLToPath(new URL(`../../src/${door}`, import.meta.url));

/** One script with `entry` and all its imports. The entries of the package are the source. */
export async function bundle(entry: URL, ...plugins: readonly Plugin[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    plugins: [...plugins],
    format: 'esm',
    write: false,
    target: 'es2022',
    alias: {
      ackline: src('index.ts'),
      'ackline/broadcast': src('broadcast.ts'),
      'ackline/cloudevents': src('cloudevents.ts'),
      'ackline/codec': src('codec.ts'),
      'ackline/flow': src('flow.ts'),
      'ackline/forward': src('forward.ts'),
      'ackline/groups': src('groups.ts'),
      'ackline/indexeddb': src('indexeddb.ts'),
      'ackline/ingress': src('ingress.ts'),
      'ackline/outbox': src('outbox.ts'),
      'ackline/inspection': src('inspection.ts'),
      'ackline/schema': src('schema.ts'),
      'ackline/testing': src('testing.ts'),
    },
  });
  return outputFiles[0]?.text ?? '';
}
