// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

export const howToGetPostgres =
  'the PostgreSQL server: apt-get install postgresql, or put the folder of initdb and postgres on PATH';

/** The folders of Debian's versions, the newest first. */
function debianFolders() {
  if (!existsSync(DEBIAN)) return [];
  const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(DEBIAN, version, 'bin'));
}

/** The folder with the programs of a server, or undefined. `ACKLINE_POSTGRES` names another one. */
export function findPostgres() {
  const asked = process.env['ACKLINE_POSTGRES'];
  const folders = asked
    ? [asked]
    : [...debianFolders(), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** The user under whom a server can run: it refuses to be started by root. Undefined where that is this process's user. */
export function postgresUser() {
  if (process.getuid?.() !== 0) return undefined;
  /** @param {string} kind */
  const idOf = (kind) => Number(spawnSync('id', [kind, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}
