import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const THIS_VERSION = /SCHEMA_VERSION = (\d+);/;
const UPGRADE_BODY = /if \(oldVersion < 1\) createStores\(database, id\);/;

/** Makes of the library its next version: one whose schema has a store more. */
export const nextBuild: Plugin = {
  name: 'next-build',
  setup(build) {
    build.onLoad({ filter: /indexeddb\/schema\/schema\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!THIS_VERSION.test(source) || !UPGRADE_BODY.test(source))
        throw new Error('schema.ts is no longer as next-build.ts expects it');
      const contents = source
        .replace(THIS_VERSION, (_, version) => `SCHEMA_VERSION = ${Number(version) + 1};`)
        .replace(
          UPGRADE_BODY,
          (line) =>
            `${line}\n  if (oldVersion < SCHEMA_VERSION) (database as unknown as IDBDatabase).createObjectStore('of-the-future');`,
        );
      return { contents, loader: 'ts' };
    });
  },
};
