import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/**
 * The source file of each published entry, from the root of the repository: `ackline/flow` is `src/flow.ts`.
 * @type {ReadonlyMap<string, string>}
 */
export const entrySources = new Map(
  Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) =>
      entry === '.'
        ? ['ackline', 'src/index.ts']
        : [`ackline/${entry.slice(2)}`, `src/${entry.slice(2)}.ts`],
    ),
);
