// npm run planted-bugs [-- --only PART_OF_NAME] [--write] [--real]
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Check, checksFor } from './checks.ts';
import { copyLibrary, plant } from './copy-library.ts';
import type { PlantedBug } from './planted-bug.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { type CheckResult, runCheck } from './run-check.ts';
import { type Catch, writeTable } from './table.ts';

const { values } = parseArgs({
  options: {
    /** A part of the name of the bugs that are tried; default is all. */
    only: { type: 'string', default: '' },
    /** Writes the result to docs/planted-bugs.md. */
    write: { type: 'boolean', default: false },
    /** Also tries the bugs that only a real browser shows. */
    real: { type: 'boolean', default: false },
  },
});

/** How many copies of the library are tried at once. */
const WORKERS = 2;

/** By name of a check, whether the library without a bug passes it in time. */
const passes = new Map<string, Promise<boolean>>();

async function passesUnplanted(check: Check): Promise<boolean> {
  const folder = copyLibrary(`unplanted ${check.name}`);
  try {
    const { isLate, sign } = await runCheck(check, folder);
    if (isLate || sign !== undefined)
      console.log(`without a bug the library fails: ${check.name}: ${sign ?? 'not in time'}`);
    return !isLate && sign === undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By what the check shows the bug. Undefined where it does not, or where the library fails the check without the bug, too. */
async function signOf(check: Check, { isLate, sign }: CheckResult): Promise<string | undefined> {
  if (!isLate && sign === undefined) return undefined;
  const passing = passes.get(check.name) ?? passesUnplanted(check);
  passes.set(check.name, passing);
  return (await passing) ? (sign ?? 'stuck') : undefined;
}

async function tryBug(bug: PlantedBug): Promise<Catch> {
  const folder = copyLibrary(bug.name);
  try {
    plant(bug, folder);
    for (const check of checksFor(bug, values.real)) {
      const sign = await signOf(check, await runCheck(check, folder));
      if (sign !== undefined) return { bug, check: check.name, sign };
    }
    return { bug };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(values.only));
const queue = bugs.filter(({ real }) => values.real || real === undefined);
if (values.write)
  writeTable(
    bugs.filter((bug) => !queue.includes(bug)).map((bug) => ({ bug })),
    PLANTED_BUGS,
  );
const triedCount = queue.length;
let caughtCount = 0;
async function work(): Promise<void> {
  for (let bug = queue.shift(); bug; bug = queue.shift()) {
    const caught = await tryBug(bug);
    if (caught.check !== undefined) caughtCount += 1;
    if (values.write) writeTable([caught], PLANTED_BUGS);
    console.log(`${bug.name}: ${caught.check ? `${caught.check}: ${caught.sign}` : 'NOT CAUGHT'}`);
  }
}
await Promise.all(Array.from({ length: WORKERS }, work));
console.log(`${caughtCount} of ${triedCount} planted bugs were caught`);
if (caughtCount < triedCount) process.exitCode = 1;
