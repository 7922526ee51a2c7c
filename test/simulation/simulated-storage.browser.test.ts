// Covers test/simulation/simulated-indexeddb.ts, test/simulation/fake-indexeddb-hooks.ts
import './set-immediate.ts';
import { expect, test } from 'vitest';
import { transcribeAlone, transcribeSimulated } from './simulated-storage.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
/** How many databases are used at once. */
const AT_ONCE = 10;

const isWebKit = !/Chrome|Firefox/.test(navigator.userAgent);

test('40 seeds: the IndexedDB of the simulation does, step for step, what that of this engine does', {
  timeout: 120_000,
}, async ({ skip }) => {
  skip(isWebKit, 'WebKitGTK fires no abort event in some cases');
  for (let from = 0; from < SEEDS.length; from += AT_ONCE) {
    const seeds = SEEDS.slice(from, from + AT_ONCE);
    const real = seeds.map((seed) => transcribeAlone(seed, indexedDB, IDBKeyRange));
    for (const [place, transcript] of (await Promise.all(real)).entries()) {
      const seed = seeds[place] as number;
      expect(await transcribeSimulated(seed), `seed ${seed}`).toEqual(transcript);
    }
  }
});
