/** How many rows each store of a database has. */
export function countRows(factory: IDBFactory, name: string): Promise<Map<string, number>> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const stores = Array.from(database.objectStoreNames);
      const transaction = database.transaction(stores);
      const requests = stores.map((store) => {
        return [store, transaction.objectStore(store).count()] as const;
      });
      transaction.onabort = () => reject(transaction.error);
      transaction.oncomplete = () => {
        database.close();
        resolve(new Map(requests.map(([store, { result }]) => [store, result])));
      };
    };
  });
}
