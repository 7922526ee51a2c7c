// Covers src/backends/indexeddb/schema/upgrade.ts
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { openDB } from 'idb';
import { expect, test } from 'vitest';
import { root } from '../../../package/paths.ts';

test('docs/indexeddb.md lists each store of the database, and its version', async () => {
  const events = new EventChannel({ backend: indexedDbBackend({ database: 'documented' }) });
  await events.publish('a', 1);
  await events.shutdown();
  const database = await openDB('documented');
  const page = readFileSync(join(root, 'docs/indexeddb.md'), 'utf8');
  const table = page.slice(page.indexOf('## What is in the database'), page.indexOf('## How it'));
  const rows = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect([...new Set(rows)].sort()).toEqual([...database.objectStoreNames].sort());
  expect(table).toContain(`version ${database.version}`);
  database.close();
});
