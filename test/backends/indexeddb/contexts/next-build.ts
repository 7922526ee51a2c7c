import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const THIS_VERSION = /SCHEMA_VERSION = (\d+);/;
const UPGRADE_BODY = /if \(oldVersion < 1\) createStores\(database, id\);/;

/** Makes of the library its next version: one whose schema has a store more. */
export const nextBuild: Plugin = newerBuild(1);

/** Makes of the library a version `steps` later: each step adds a store to the schema. With 0 it stays as it is. */
export function newerBuild(steps: number): Plugin {
  return {
    name: `next-build-${steps}`,
    setup(build) {
      build.onLoad({ filter: /indexeddb\/schema\/upgrade\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!THIS_VERSION.test(source) || !UPGRADE_BODY.test(source))
          throw new Error('upgrade.ts is no longer as next-build.ts expects it');
        return { contents: withNewerSchema(source, steps), loader: 'ts' };
      });
    },
  };
}

function withNewerSchema(source: string, steps: number): string {
  const version = Number(THIS_VERSION.exec(source)?.[1]);
  const additions = Array.from({ length: steps }, (_, step) => {
    const added = version + step + 1;
    const store = step === 0 ? 'of-the-future' : `of-the-future-${step + 1}`;
    return `if (oldVersion < ${added}) (database as unknown as IDBDatabase).createObjectStore('${store}');`;
  });
  return source
    .replace(THIS_VERSION, `SCHEMA_VERSION = ${version + steps};`)
    .replace(UPGRADE_BODY, (line) => [line, ...additions].join('\n  '));
}
