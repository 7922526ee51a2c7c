// The conformance suite over other SQLite clients, on the package as built. They are no dependencies, because better-sqlite3 is
// compiled for minutes and for one version of Node, and Bun is a runtime of its own:
//   node test/package/sqlite-clients.mjs better-sqlite3 <folder with node_modules>
//   bun test/package/sqlite-clients.mjs bun:sqlite
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sqliteBackend } from 'ackline/sqlite';
import { conformanceCases, ManualRuntime } from 'ackline/testing';

const [client = 'node:sqlite', folder = '.'] = process.argv.slice(2);
const temporary = join(dirname(dirname(fileURLToPath(import.meta.url))), '.tmp');
mkdirSync(temporary, { recursive: true });
const files = mkdtempSync(join(temporary, 'sqlite-clients-'));

/** @returns {Promise<new (file: string) => import('ackline/sqlite').SqliteDatabase>} */
async function loadClient() {
  if (client === 'better-sqlite3') return createRequire(join(folder, 'package.json'))(client);
  const module = await import(client);
  return client === 'bun:sqlite' ? module.Database : module.DatabaseSync;
}

const Database = await loadClient();
let passed = 0;
let left = 0;
/** @type {string[]} */
const failures = [];
for (const [number, { name, requires, run }] of conformanceCases.entries()) {
  const runtime = new ManualRuntime();
  /** @type {import('ackline').AsyncEventBackend[]} */
  const opened = [];
  const open = () => {
    const backend = sqliteBackend({ database: new Database(join(files, `${number}.db`)), runtime });
    opened.push(backend);
    return backend;
  };
  const has = [
    'waiting',
    'contexts',
    'expiry',
    'clock',
    'place',
    ...Object.keys(open().capabilities ?? {}),
  ];
  if (requires.every((one) => has.includes(one)))
    try {
      await run({ runtime, open });
      passed += 1;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.stack : error}`);
    }
  else left += 1;
  await Promise.all(opened.map((backend) => backend.shutdown()));
}
rmSync(files, { recursive: true, force: true });
console.log(`${client}: ${passed} passed, ${failures.length} failed, ${left} not for this backend`);
for (const failure of failures) console.log(failure);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
