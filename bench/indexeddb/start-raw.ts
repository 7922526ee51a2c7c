import { committed, openDatabase, resultOf } from './database.ts';

/** A {@link StartModule} with only the calls that the platform needs. */

const STORE = 'events';
let opened: IDBDatabase | undefined;

export async function start(name: string): Promise<unknown> {
  opened = await openDatabase(name, (database) => {
    database.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true });
  });
  const transaction = opened.transaction(STORE, 'readwrite', { durability: 'relaxed' });
  transaction.objectStore(STORE).add({ channel: 'bench', payload: { first: true } });
  transaction.commit();
  return committed(transaction);
}

export async function finish(): Promise<number> {
  if (opened === undefined) return 0;
  const count = await resultOf(opened.transaction(STORE).objectStore(STORE).count());
  opened.close();
  return count;
}
