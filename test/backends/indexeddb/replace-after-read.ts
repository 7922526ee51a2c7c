import { settled } from './open-indexeddb.ts';
import type { OpenStore } from './open-store.ts';

/**
 * After the next read of exactly these stores the database is deleted. `fill` fills the next one before the read resolves. A
 * call of the context in `fill`, such as `connection.stamp()`, opens it there. Returns whether it has happened.
 */
export function replaceAfterRead(
  { connection, database }: Pick<OpenStore, 'connection' | 'database'>,
  stores: readonly string[],
  fill: () => Promise<unknown>,
): () => boolean {
  const read = connection.read.bind(connection);
  let isReplaced = false;
  connection.read = async (given, issue) => {
    const found = await read(given, issue);
    if (String(given) !== String(stores)) return found;
    connection.read = read;
    isReplaced = true;
    await settled(indexedDB.deleteDatabase(database));
    await fill();
    return found;
  };
  return () => isReplaced;
}
