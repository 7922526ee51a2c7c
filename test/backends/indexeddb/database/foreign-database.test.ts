import { indexedDbBackend } from 'ackline/indexeddb';
import { expect, onTestFinished, test } from 'vitest';
import { SCHEMA_VERSION } from '../../../../src/backends/indexeddb/schema/upgrade.ts';
import { settled } from '../open-indexeddb.ts';

/** A database that another program made, with one row in it. */
async function makeForeign(version: number): Promise<string> {
  const database = crypto.randomUUID();
  const request = indexedDB.open(database, version);
  request.onupgradeneeded = () => request.result.createObjectStore('notes').put('keep me', 'note');
  (await settled(request)).close();
  onTestFinished(async () => {
    await settled(indexedDB.deleteDatabase(database));
  });
  return database;
}

async function lookInto(database: string) {
  const opened = await settled(indexedDB.open(database));
  try {
    const note = opened.transaction('notes').objectStore('notes').get('note');
    return {
      version: opened.version,
      stores: [...opened.objectStoreNames],
      note: await settled(note),
    };
  } finally {
    opened.close();
  }
}

const versions = [
  ['older than the schema', 1],
  ['one below the schema', SCHEMA_VERSION - 1],
  ['the same as that of the schema', SCHEMA_VERSION],
  ['above the schema', SCHEMA_VERSION + 20],
] as const;

for (const [name, version] of versions)
  test(`a database of another program, its version ${name}: refused by name, and untouched`, async () => {
    const database = await makeForeign(version);
    const backend = indexedDbBackend({ database });
    const failure = await backend.publish('a', 1).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'foreign-database',
      message: expect.stringContaining('give the option database another name'),
    });
    expect(backend.status()).toMatchObject({ state: 'failed', reason: failure });
    await backend.shutdown();
    expect(await lookInto(database)).toEqual({ version, stores: ['notes'], note: 'keep me' });
  });
