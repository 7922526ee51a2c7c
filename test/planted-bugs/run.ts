// npm run planted-bugs [-- --only NAME]
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../package/paths.ts';
import { CHECKS, type Check } from './checks.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });

/** How many copies of the library are tried at once. */
const WORKERS = 2;

/** A copy of the library with the bug, and with the programs that check it. */
function plant({ name, file, from, to }: PlantedBug): string {
  const folder = join(root, 'test/.tmp/planted', name.replaceAll(/\W+/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'test'), { recursive: true });
  for (const part of ['src', 'test/simulation', 'test/setup', 'test/package', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2)
    throw new Error(`${name}: not found once in ${file}: ${from}`);
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  return folder;
}

/** What a check printed first about a fault; undefined where it found none. */
function runCheck({ args }: Check, folder: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const entries = join(folder, 'test/setup/source-entries.mjs');
    const given = ['--import', entries, ...args];
    const options = { cwd: folder, timeout: 300_000, maxBuffer: 2 ** 28 };
    execFile(process.execPath, given, options, (error, stdout, stderr) => {
      resolve(error ? firstLine(stdout) || firstLine(stderr) || String(error.code) : undefined);
    });
  });
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}

interface Catch {
  readonly bug: PlantedBug;
  /** The check that caught it; undefined: none did. */
  readonly check?: string;
  readonly sign?: string;
}

async function tryBug(bug: PlantedBug): Promise<Catch> {
  const folder = plant(bug);
  try {
    for (const check of CHECKS) {
      const sign = await runCheck(check, folder);
      if (sign !== undefined) return { bug, check: check.name, sign };
    }
    return { bug };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const queue = PLANTED_BUGS.filter(({ name }) => values.only === undefined || name === values.only);
const catches: Catch[] = [];
async function work(): Promise<void> {
  for (let bug = queue.shift(); bug; bug = queue.shift()) {
    const caught = await tryBug(bug);
    catches.push(caught);
    const said = caught.check ? `${caught.check}: ${caught.sign?.slice(0, 100)}` : 'NOT CAUGHT';
    console.log(`${bug.name}: ${said}`);
  }
}
await Promise.all(Array.from({ length: WORKERS }, work));
const caughtCount = catches.filter(({ check }) => check !== undefined).length;
console.log(`${caughtCount} of ${catches.length} planted bugs were caught`);
if (caughtCount < catches.length) process.exitCode = 1;
