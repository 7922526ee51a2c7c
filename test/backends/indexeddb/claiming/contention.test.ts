import { ManualRuntime } from 'ackline/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Contention } from '../../../../src/backends/indexeddb/claiming/contention.ts';
import { ignore } from '../../../../src/core/runtime/ignore.ts';
import { nextTask } from '../../../support/next-task.ts';
import { openDatabase, payloadsOf } from '../open-indexeddb.ts';
import { countAttempts, openScanned, take, takeAndAck } from '../open-scanned.ts';

function openContention() {
  const runtime = new ManualRuntime();
  return { runtime, contention: new Contention('a', runtime, ignore) };
}

describe('Contention', () => {
  test('is contended for a second after a lost claim', async () => {
    const { runtime, contention } = openContention();
    expect(contention.state).toBe('alone');
    contention.noteLoss();
    await runtime.advance(999);
    expect(contention.state).toBe('contended');
    await runtime.advance(1);
    expect(contention.state).toBe('alone');
  });

  test('is contended for a second after another context was noticed', async () => {
    const { runtime, contention } = openContention();
    contention.noteOthers();
    await runtime.advance(500);
    contention.noteOthers();
    await runtime.advance(999);
    expect(contention.state).toBe('contended');
    await runtime.advance(1);
    expect(contention.state).toBe('alone');
  });

  test('has a stuck lock for a second after a timeout, also when others are noticed', async () => {
    const { runtime, contention } = openContention();
    contention.noteLoss();
    contention.noteLockTimeout();
    await runtime.advance(999);
    contention.noteOthers();
    expect(contention.state).toBe('lock-stuck');
    await runtime.advance(1);
    expect(contention.state).toBe('contended');
  });

  test('uses the lock again after a claim was lost without it', () => {
    const { contention } = openContention();
    contention.noteLockTimeout();
    contention.noteLoss();
    expect(contention.state).toBe('contended');
  });

  test('does not report a lost claim within a second after another context reported one', async () => {
    const runtime = new ManualRuntime();
    const announced = vi.fn();
    const contention = new Contention('a', runtime, announced);
    contention.noteAnnouncement();
    expect(contention.state).toBe('contended');
    await runtime.advance(999);
    contention.noteLoss();
    expect(announced).not.toHaveBeenCalled();
    await runtime.advance(1);
    contention.noteLoss();
    expect(announced.mock.calls).toEqual([['a']]);
  });

  test('reports lost claims once a second, and reports nothing else', async () => {
    const runtime = new ManualRuntime();
    const announced = vi.fn();
    const contention = new Contention('a', runtime, announced);
    contention.noteOthers();
    contention.noteLockTimeout();
    expect(announced).not.toHaveBeenCalled();
    contention.noteLoss();
    contention.noteLoss();
    expect(announced.mock.calls).toEqual([['a']]);
    await runtime.advance(1_000);
    contention.noteLoss();
    expect(announced).toHaveBeenCalledTimes(2);
  });

  test('does not depend on the wall clock', async () => {
    let elapsed = 0;
    const runtime = Object.assign(new ManualRuntime(), { elapsed: () => elapsed });
    const contention = new Contention('a', runtime, ignore);
    contention.noteLoss();
    await runtime.advance(86_400_000);
    expect(contention.state).toBe('contended');
    elapsed = 1_000;
    expect(contention.state).toBe('alone');
  });
});

const COUNT = 60;

/** Records the requests and releases of the claim lock of channel `a` in all contexts, from now on. */
function watchClaimLock(database: string): string[] {
  const steps: string[] = [];
  const { request } = navigator.locks;
  const ask = request.bind(navigator.locks) as (
    name: string,
    options: LockOptions,
    claim: LockGrantedCallback<unknown>,
  ) => Promise<unknown>;
  const watched = vi.spyOn(navigator.locks, 'request').mockImplementation(((
    name: string,
    options: LockOptions,
    claim: LockGrantedCallback<unknown>,
  ) => {
    if (name !== `ackline:${database}:claim:a`) return ask(name, options, claim);
    return ask(name, options, async (lock) => {
      steps.push('granted');
      await claim(lock);
      steps.push('released');
    });
  }) as typeof request);
  onTestFinished(() => watched.mockRestore());
  return steps;
}

/** Two contexts. The second has claimed since the first has scanned, and the first has not noticed. */
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
  const receiver = new BroadcastChannel(`ackline:${database}`);
  onTestFinished(() => receiver.close());
  return new Promise((resolve) => {
    receiver.addEventListener('message', ({ data }) => {
      if (Object.hasOwn(data as object, kind)) resolve(data);
    });
  });
}

test('a context that loses a claim reports it, and uses the claim lock', async () => {
  const { database, unaware } = await openUnaware();
  const reported = nextHint(database, 'rivals');
  const steps = watchClaimLock(database);
  // The other context has claimed the second and third events.
  expect((await take(unaware)).payload).toBe(3);
  expect(await reported).toEqual({ ackline: 1, channels: ['a'], rivals: true });
  expect(steps[0]).toBe('granted');
});

test('a context that receives such a report uses the claim lock before it loses a claim', async () => {
  const { database, unaware } = await openUnaware();
  const steps = watchClaimLock(database);
  const reported = nextHint(database, 'rivals');
  const sender = new BroadcastChannel(`ackline:${database}`);
  sender.postMessage({ ackline: 1, channels: ['a', 'never claimed from'], rivals: true });
  sender.close();
  await reported;
  await nextTask();
  const attempts = countAttempts();
  expect((await take(unaware)).payload).toBe(3);
  expect(steps[0]).toBe('granted');
  expect(attempts.count).toBe(1);
});

test('a context that loses a claim after a scan uses the claim lock too', async () => {
  const { database, open } = openDatabase();
  const contexts = [open(), open()];
  for (const context of contexts) await context.publish('a', 'one each');
  const steps = watchClaimLock(database);
  const taken = await Promise.all(contexts.map((context) => take(context)));
  expect(new Set(taken.map(({ eventId }) => eventId)).size).toBe(2);
  expect(steps[0]).toBe('granted');
});

test('a context that reads claims of others goes on using the claim lock', async () => {
  const { backend, other, runtime, database } = await openScanned();
  for (let index = 0; index < COUNT; index += 1) await backend.publish('a', index);
  await take(backend);
  await take(other);
  // The first try of this claim is lost.
  await take(backend);
  const steps = watchClaimLock(database);
  for (let round = 0; round < 4; round += 1) {
    await runtime.advance(400);
    await take(other);
    await take(backend);
  }
  expect(steps.filter((step) => step === 'granted').length).toBeGreaterThan(4);
  expect(steps.at(-1)).toBe('released');
});

test('the claim lock is released before the claim is committed', async () => {
  const { database, unaware } = await openUnaware();
  await take(unaware);
  const steps = watchClaimLock(database);
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
  expect(steps).toEqual(['granted', 'released', 'committed']);
});

test('segments that others have claimed beyond the cache are not read', async () => {
  const { backend, other } = await openScanned();
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
