// Covers test/simulation/simulated-indexeddb.ts, test/simulation/fake-indexeddb-hooks.ts
import {
  IDBFactory as FDBFactory,
  IDBKeyRange as FDBKeyRange,
  IDBTransaction as FDBTransaction,
} from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { transcribeAlone, transcribeSimulated } from './simulated-storage.ts';
import { World } from './world.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const keyRange = FDBKeyRange as unknown as typeof IDBKeyRange;

interface Aborting {
  readonly _rollbackLog: unknown[];
  _abort(errorName: string | null): void;
}

/** The first test, because the hooks are installed with the first simulation. */
test('fake-indexeddb without hooks differs only where an upgrade or a deletion is too early', {
  timeout: 120_000,
}, async () => {
  const plain = SEEDS.map((seed) =>
    transcribeAlone(seed, new FDBFactory() as unknown as IDBFactory, keyRange),
  );
  const [given, simulated] = [await Promise.all(plain), await transcribeAll(SEEDS)];
  const differing = given.filter((transcript, place) => !isEqual(transcript, simulated[place]));
  expect(differing.length).toBeGreaterThan(5);
  for (const transcript of differing) expect(transcript.join()).toContain('overtaken by');
  expect(simulated.flat().join()).not.toContain('overtaken by');
});

function isEqual(one: readonly string[], other: readonly string[] | undefined): boolean {
  return one.join() === other?.join();
}

test('an abort that keeps one write is seen', { timeout: 120_000 }, async () => {
  const seeds = SEEDS.slice(0, 10);
  const right = await transcribeAll(seeds);
  const transactions = FDBTransaction.prototype as unknown as Aborting;
  const abort = transactions._abort;
  transactions._abort = function (this: Aborting, errorName) {
    this._rollbackLog.shift();
    abort.call(this, errorName);
  };
  const wrong = await transcribeAll(seeds);
  transactions._abort = abort;
  expect(wrong).not.toEqual(right);
  expect(await transcribeAll(seeds)).toEqual(right);
});

async function transcribeAll(seeds: readonly number[]): Promise<(readonly string[])[]> {
  const transcripts: (readonly string[])[] = [];
  // One simulation at a time.
  for (const seed of seeds) transcripts.push(await transcribeSimulated(seed));
  return transcripts;
}

test('a frozen context gets the answer of an index when it goes on', async () => {
  const world = new World(1);
  const context = new SimulatedContext(world, 'tab');
  const factory = new SimulatedIndexedDb(world).forContext(context);
  const seen: string[] = [];
  context.enter(() => {
    const opening = factory.open('origin', 1);
    opening.onupgradeneeded = () =>
      opening.result.createObjectStore('rows').createIndex('since', 'since');
    opening.onsuccess = () => {
      const index = opening.result.transaction('rows').objectStore('rows').index('since');
      index.count().onsuccess = () => seen.push('counted');
      context.freeze();
    };
  });
  await world.run(() => false, 1_000);
  expect(seen).toEqual([]);
  context.thaw();
  await world.run(() => seen.length > 0, 1_000);
  expect(seen).toEqual(['counted']);
});
