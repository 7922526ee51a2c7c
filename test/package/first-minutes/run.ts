// npm run test:first-minutes [-- --all] [-- --only React]
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { CHROMIUM_FLAGS, findChromium, HOW_TO_GET_CHROMIUM } from '../../setup/find-chromium.mjs';
import { DOWNLOADED_PROJECTS } from './downloaded-projects.ts';
import { Kit } from './kit.ts';
import { NODE_PROJECTS } from './node-projects.ts';
import type { Project, Tools } from './project.ts';
import { VITE_PROJECTS } from './vite-projects.ts';

const { values: flags } = parseArgs({
  options: { all: { type: 'boolean', default: false }, only: { type: 'string' } },
});

const PROJECTS: readonly Project[] = [...NODE_PROJECTS, ...VITE_PROJECTS, ...DOWNLOADED_PROJECTS];

function isAsked({ name, downloads }: Project): boolean {
  if (flags.only !== undefined) return name.startsWith(flags.only);
  return flags.all || !downloads;
}

/** A project that hangs must fail, and not use up the time of the others. */
const LONGEST_MS = 120_000;
/** A download and a compiler of a framework take minutes. */
const LONGEST_DOWNLOAD_MS = 600_000;

/** The faults of a project. */
async function faultsOf(project: Project, tools: Tools): Promise<readonly string[]> {
  const limitMs = project.downloads ? LONGEST_DOWNLOAD_MS : LONGEST_MS;
  const ending = new AbortController();
  const tooLong = setTimeout(limitMs, [`not over after ${limitMs} ms`], ending);
  const run = project.run(tools).catch((error: unknown) => [String(error)]);
  const faults = await Promise.race([run, tooLong.catch(() => [])]);
  ending.abort();
  return faults;
}

async function runAll(tools: Tools, projects: readonly Project[]): Promise<number> {
  let failed = 0;
  for (const project of projects) {
    const startedAt = performance.now();
    const faults = await faultsOf(project, tools);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${faults.length === 0 ? 'passed' : 'FAILED'}  ${project.name} (${seconds} s)`);
    for (const fault of faults) console.log(`  ${fault}`);
    if (faults.length > 0) failed += 1;
  }
  return failed;
}

async function main(): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  const projects = PROJECTS.filter(isAsked);
  const kit = await Kit.open();
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  try {
    const failed = await runAll({ kit, browser }, projects);
    console.log(`${projects.length - failed} of ${projects.length} projects passed`);
    const leftOut = PROJECTS.filter((project) => !projects.includes(project));
    if (leftOut.length > 0 && flags.only === undefined)
      console.log(`Left out: ${leftOut.map(({ name }) => name).join(', ')} (--all downloads them)`);
    if (failed > 0 || projects.length === 0) process.exitCode = 1;
  } finally {
    await browser.close();
    kit.close();
  }
}

await main();
// What a failed project has left running must not keep the process.
process.exit();
