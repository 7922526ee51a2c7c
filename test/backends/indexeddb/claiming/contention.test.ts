import { expect, onTestFinished, test, vi } from 'vitest';
import { nextTask } from '../../../support/next-task.ts';
import { openDatabase, payloadsOf } from '../open-indexeddb.ts';
import { countTries, openKnowing, take, takeAndAck } from '../open-knowing.ts';

/** How contexts that claim from one queue notice each other, and what a turn is kept for. */

const COUNT = 60;

/** What happens to the turn of channel `a`, of all contexts, from now on. */
function watchTurns(database: string): string[] {
  const steps: string[] = [];
  const { request } = navigator.locks;
  const ask = request.bind(navigator.locks) as (
    name: string,
    options: LockOptions,
    lead: LockGrantedCallback<unknown>,
  ) => Promise<unknown>;
  const watched = vi.spyOn(navigator.locks, 'request').mockImplementation(((
    name: string,
    options: LockOptions,
    lead: LockGrantedCallback<unknown>,
  ) => {
    if (name !== `ackline:${database}:claim:a`) return ask(name, options, lead);
    return ask(name, options, async (lock) => {
      steps.push('turn comes');
      await lead(lock);
      steps.push('turn goes');
    });
  }) as typeof request);
  onTestFinished(() => watched.mockRestore());
  return steps;
}

/** Two contexts, of which one has claimed on what it knows since the other has looked. */
async function openUnaware() {
  const { database, open } = openDatabase();
  const [unaware, other] = [open(), open()];
  for (let index = 0; index < COUNT; index += 1) await unaware.publish('a', index);
  await take(unaware);
  await take(other);
  await take(other);
  return { database, unaware, other };
}

function nextHint(database: string, kind: string): Promise<unknown> {
  const ear = new BroadcastChannel(`ackline:${database}`);
  onTestFinished(() => ear.close());
  return new Promise((resolve) => {
    ear.addEventListener('message', ({ data }) => {
      if (Object.hasOwn(data as object, kind)) resolve(data);
    });
  });
}

test('whoever loses a claim tells, and takes turns', async () => {
  const { database, unaware } = await openUnaware();
  const told = nextHint(database, 'rivals');
  const steps = watchTurns(database);
  // The second and third are gone, which it does not know.
  expect((await take(unaware)).payload).toBe(3);
  expect(await told).toEqual({ ackline: 1, channels: ['a'], rivals: true });
  expect(steps[0]).toBe('turn comes');
});

test('whoever is told takes turns before he loses a claim', async () => {
  const { database, unaware } = await openUnaware();
  const steps = watchTurns(database);
  const told = nextHint(database, 'rivals');
  const mouth = new BroadcastChannel(`ackline:${database}`);
  mouth.postMessage({ ackline: 1, channels: ['a', 'never claimed from'], rivals: true });
  mouth.close();
  await told;
  await nextTask();
  const tries = countTries();
  expect((await take(unaware)).payload).toBe(3);
  expect(steps[0]).toBe('turn comes');
  expect(tries.count).toBe(1);
});

test('whoever loses what he has looked for takes turns, too', async () => {
  const { database, open } = openDatabase();
  const contexts = [open(), open()];
  for (const context of contexts) await context.publish('a', 'one each');
  const steps = watchTurns(database);
  const taken = await Promise.all(contexts.map((context) => take(context)));
  expect(new Set(taken.map(({ eventId }) => eventId)).size).toBe(2);
  expect(steps[0]).toBe('turn comes');
});

test('whoever sees claims of others goes on taking turns', async () => {
  const { backend, other, runtime, database } = await openKnowing();
  for (let index = 0; index < COUNT; index += 1) await backend.publish('a', index);
  await take(backend);
  await take(other);
  // It loses one.
  await take(backend);
  const steps = watchTurns(database);
  for (let round = 0; round < 4; round += 1) {
    await runtime.advance(400);
    await take(other);
    await take(backend);
  }
  expect(steps.filter((step) => step === 'turn comes').length).toBeGreaterThan(4);
  expect(steps.at(-1)).toBe('turn goes');
});

test('a turn is passed on before what was claimed in it is committed', async () => {
  const { database, unaware } = await openUnaware();
  await take(unaware);
  const steps = watchTurns(database);
  const { add } = IDBObjectStore.prototype;
  const watched = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    ...given
  ) {
    const note = () => void steps.push('committed');
    if (this.name === 'epochs') this.transaction.addEventListener('complete', note);
    return add.apply(this, given);
  });
  onTestFinished(() => watched.mockRestore());
  await take(unaware);
  expect(steps).toEqual(['turn comes', 'turn goes', 'committed']);
});

test('what others have claimed beyond all that is known is not read again', async () => {
  const { backend, other } = await openKnowing();
  for (let index = 0; index < COUNT; index += 1) await other.publish('a', index);
  await take(other);
  expect(await takeAndAck(backend)).toBe(1);
  const theirs = await other.dequeueMany('a', COUNT - 10, 0);
  const read: number[] = [];
  const { getAll } = IDBIndex.prototype;
  const watched = vi.spyOn(IDBIndex.prototype, 'getAll').mockImplementation(function (
    this: IDBIndex,
    ...given
  ) {
    const request = getAll.apply(this, given);
    const note = () =>
      void read.push(...(request.result as { readonly seq: number }[]).map(({ seq }) => seq));
    if (this.name === 'fresh') request.addEventListener('success', note);
    return request;
  });
  onTestFinished(() => watched.mockRestore());
  const next = theirs.length + 2;
  expect(payloadsOf(await backend.dequeueMany('a', 2, 0))).toEqual([next, next + 1]);
  expect(Math.min(...read)).toBe(next + 1);
});
