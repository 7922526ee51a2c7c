// Covers src/backends/indexeddb/indexeddb-backend.ts, src/backends/indexeddb/capabilities.ts
import { EventChannel } from 'ackline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../open-indexeddb.ts';

/** Counts the connections that are open, from now on. */
function countConnections(): { count: number } {
  const open = { count: 0 };
  const { close, transaction } = IDBDatabase.prototype;
  const known = new Set<IDBDatabase>();
  const used = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...given
  ) {
    if (!known.has(this)) open.count += 1;
    known.add(this);
    return transaction.apply(this, given);
  });
  const closed = vi.spyOn(IDBDatabase.prototype, 'close').mockImplementation(function (
    this: IDBDatabase,
  ) {
    if (known.delete(this)) open.count -= 1;
    close.call(this);
  });
  onTestFinished(() => {
    used.mockRestore();
    closed.mockRestore();
  });
  return open;
}

test('hot reload: a page whose module is replaced and disposed of two hundred times keeps no connection or lock of the replaced modules', async () => {
  const { database, open } = openDatabase();
  const connections = countConnections();
  const handled: string[] = [];
  /** What the module does when it is loaded; answers what it gives to `import.meta.hot.dispose`. */
  const load = (version: number) => {
    const events = new EventChannel({ backend: open() });
    events.listen('a', ({ payload }) => void handled.push(`${payload} by ${version}`));
    return { events, dispose: () => events.shutdown() };
  };
  let module = load(0);
  for (let version = 1; version <= 200; version += 1) {
    await module.events.stats('a');
    await module.dispose();
    module = load(version);
  }
  await module.events.publish('a', 'edited');
  await expect.poll(() => handled).toEqual(['edited by 200']);
  const { held = [], pending = [] } = await navigator.locks.query();
  const own = [...held, ...pending].filter(({ name }) => name?.startsWith(`ackline:${database}`));
  expect(own.length).toBeLessThanOrEqual(5);
  expect(connections.count).toBe(1);
  await module.dispose();
});
