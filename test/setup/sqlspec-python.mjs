// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '0.69.0';
const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
const folder = join(cache, `sqlspec-${VERSION}`);
const python = join(folder, 'bin/python');

export const howToGetSqlspec =
  'the tests together with sqlspec: python3 with venv and pip, and PyPI within reach';

/** @param {string} command @param {readonly string[]} args */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 120_000 }).status === 0;
}

/** The Python of a virtual environment that has sqlspec, made at the first call. Undefined if it cannot be made. */
export function sqlspecPython() {
  if (existsSync(python) && succeeds(python, ['-c', 'import sqlspec, asyncpg'])) return python;
  rmSync(folder, { recursive: true, force: true });
  const packages = [`sqlspec==${VERSION}`, 'asyncpg'];
  const isMade =
    succeeds('python3', ['-m', 'venv', folder]) &&
    succeeds(python, ['-m', 'pip', 'install', '-q', ...packages]);
  return isMade ? python : undefined;
}
