// Covers src/backends/indexeddb/hints/hint-notifier.ts, src/platform/page-lifecycle.ts
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

/** Platform events after which a waiting consumer scans without a hint. wake-ups.e2e.test.ts has real pages. */

const AN_HOUR = 3_600_000;

let page: EventTarget & { visibilityState: string };
let context: EventTarget;

beforeEach(() => {
  // This runs last, after the backends were shut down and have removed their listeners.
  onTestFinished(() => void vi.unstubAllGlobals());
  context = new EventTarget();
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('addEventListener', context.addEventListener.bind(context));
  vi.stubGlobal('removeEventListener', context.removeEventListener.bind(context));
  vi.stubGlobal('document', page);
});

/** The backend of the page, one of a context without a page, and a third whose hints reach no context. */
function openAll() {
  const { database, open, runtime } = openDatabase();
  const inPage = open();
  vi.stubGlobal('document', undefined);
  vi.stubGlobal('addEventListener', undefined);
  const elsewhere = open();
  vi.stubGlobal('BroadcastChannel', undefined);
  const unheard = open();
  vi.stubGlobal('document', page);
  return { database, inPage, elsewhere, unheard, runtime };
}

/** Starts a wait. Resolves after its first scan, when `resting` contexts hold or request the leader lock. */
async function waitFor(backend: FullBackend, database: string, waitMs: number, resting = 1) {
  let isOver = false;
  const waiting = backend.dequeue('a', waitMs).finally(() => {
    isOver = true;
  });
  const leaderLocks = async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [...held, ...pending].filter(({ name }) => name === `ackline:${database}:turn:a`).length;
  };
  await expect.poll(leaderLocks).toBe(resting);
  return { waiting, isOver: () => isOver };
}

const kept = (type: string, persisted: boolean) =>
  context.dispatchEvent(Object.assign(new Event(type), { persisted }));

const suspensions = {
  'it is resumed': {
    before: () => page.dispatchEvent(new Event('freeze')),
    after: () => page.dispatchEvent(new Event('resume')),
  },
  'it comes back from the back/forward cache': {
    before: () => kept('pagehide', true),
    after: () => kept('pageshow', true),
  },
};

const notices = {
  'the network is back': () => context.dispatchEvent(new Event('online')),
  'the page becomes visible': () => page.dispatchEvent(new Event('visibilitychange')),
};

describe('a waiting consumer scans at once when', () => {
  for (const [what, happen] of Object.entries(notices)) {
    test(what, async () => {
      const { database, inPage, unheard } = openAll();
      const { waiting } = await waitFor(inPage, database, AN_HOUR);
      await unheard.publish('a', 1);
      happen();
      expect(await waiting).toMatchObject({ payload: 1 });
    });

    test(`${what}, also while another context leads`, async () => {
      const { database, inPage, elsewhere, unheard } = openAll();
      const leading = await waitFor(elsewhere, database, AN_HOUR);
      const { waiting } = await waitFor(inPage, database, AN_HOUR, 2);
      await unheard.publish('a', 1);
      happen();
      expect(await waiting).toMatchObject({ payload: 1 });
      expect(leading.isOver()).toBe(false);
    });
  }

  for (const [what, { before, after }] of Object.entries(suspensions))
    test(what, async () => {
      const { database, inPage, unheard } = openAll();
      const { waiting } = await waitFor(inPage, database, AN_HOUR);
      before();
      await unheard.publish('a', 1);
      after();
      expect(await waiting).toMatchObject({ payload: 1 });
    });

  test('its poll interval is over', async () => {
    const { database, inPage, runtime, unheard } = openAll();
    const { waiting, isOver } = await waitFor(inPage, database, 1_000);
    await unheard.publish('a', 1);
    await runtime.advance(999);
    expect(isOver()).toBe(false);
    await runtime.advance(1);
    expect(await waiting).toMatchObject({ payload: 1 });
  });

  test('its poll interval is over, and its first scan began after the start of the interval', async () => {
    const { database, inPage, runtime, unheard } = openAll();
    const [{ waiting }] = await Promise.all([waitFor(inPage, database, 1_000), runtime.advance(5)]);
    await unheard.publish('a', 1);
    await runtime.advance(995);
    expect(await waiting).toMatchObject({ payload: 1 });
  });

  test('it starts', async () => {
    const { inPage, unheard } = openAll();
    await unheard.publish('a', 1);
    expect(await inPage.dequeue('a', AN_HOUR)).toMatchObject({ payload: 1 });
  });
});

test('when a page is hidden or is not kept in the cache, its consumer goes on waiting', async () => {
  const { database, inPage, unheard } = openAll();
  const { isOver } = await waitFor(inPage, database, AN_HOUR);
  await unheard.publish('a', 1);
  page.visibilityState = 'hidden';
  page.dispatchEvent(new Event('visibilitychange'));
  kept('pagehide', false);
  kept('pageshow', false);
  expect(inPage.status().state).toBe('open');
  await inPage.stats('a');
  expect(await unheard.stats('a')).toMatchObject({ ready: 1 });
  expect(isOver()).toBe(false);
});

test('after a shutdown the backend has no event listener', async () => {
  const listeners = new Map<string, unknown>();
  const target = {
    addEventListener: (type: string, listener: unknown) => listeners.set(type, listener),
    removeEventListener: (type: string, listener: unknown) =>
      listeners.get(type) === listener && listeners.delete(type),
  };
  vi.stubGlobal('addEventListener', target.addEventListener);
  vi.stubGlobal('removeEventListener', target.removeEventListener);
  vi.stubGlobal('document', target);
  const backend = openDatabase().open();
  const types = ['freeze', 'online', 'pagehide', 'pageshow', 'resume', 'visibilitychange'];
  expect([...listeners.keys()].sort()).toEqual(types);
  await backend.shutdown();
  expect([...listeners.keys()]).toEqual([]);
});
