import { settled } from './open-indexeddb.ts';

/** A factory whose databases can be deleted as the browser deletes the data of a site: it closes their connections first. */
export function clearableFactory() {
  const opened: IDBDatabase[] = [];
  const open: IDBFactory['open'] = (...given) => {
    const request = indexedDB.open(...given);
    request.addEventListener('success', () => opened.push(request.result));
    return request;
  };
  const factory: Pick<IDBFactory, 'open' | 'deleteDatabase' | 'cmp'> = {
    open,
    deleteDatabase: (name) => indexedDB.deleteDatabase(name),
    cmp: (first, second) => indexedDB.cmp(first, second),
  };
  return {
    factory: factory as IDBFactory,
    async clear(database: string): Promise<void> {
      for (const connection of opened.splice(0)) {
        connection.close();
        connection.onclose?.(new Event('close'));
      }
      await settled(indexedDB.deleteDatabase(database));
    },
  };
}
