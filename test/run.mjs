// Plain JavaScript, because it must start on any Node from 20.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodes } from './setup/find-nodes.mjs';
import { getEngines } from './setup/get-engines.mjs';
import { getServers } from './setup/get-servers.mjs';
import { plainLine } from './setup/plain-reporter.mjs';
import { missedFloors, proofLine, readProof } from './setup/proof.mjs';
import { runJobs } from './setup/run-jobs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const countFile = join(root, 'test/.tmp/count.json');
const proofFile = join(root, 'test/.tmp/proof.jsonl');
/** A case that hangs must fail the run, and not use up all its time. Another job runs beside it. */
const CONFORMANCE_TIMEOUT_MS = 360_000;
/** The others need what it makes. */
const BUILD = 'build';
const gates = ['check:package', 'lint', 'size'];
/** Runs where more than Chromium is asked for: it takes two minutes. */
const FIRST_MINUTES = 'test:first-minutes';
/** Each job uses one core for most of its time. */
const JOBS_AT_ONCE = 2;

/** @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status === 0;
}

/** @param {string} gate @returns {import('./setup/run-jobs.mjs').Job} */
function gateJob(gate) {
  return { name: `npm run ${gate}`, command: 'npm', args: ['run', '--silent', gate] };
}

/**
 * The tools bring a newer Node, which users may not have.
 *
 * @param {import('./setup/find-nodes.mjs').FoundNode} node @returns {import('./setup/run-jobs.mjs').Job}
 */
function conformanceJob({ path, version }) {
  return {
    name: `conformance of the built package on Node ${version}`,
    command: path,
    args: ['--test', '--test-reporter=tap', join(root, 'test/package/conformance.mjs')],
    timeoutMs: CONFORMANCE_TIMEOUT_MS,
    shownLines: 10,
  };
}

/**
 * @param {readonly string[]} engines
 * @param {readonly import('./setup/find-nodes.mjs').FoundNode[]} nodes
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function runVitest(engines, nodes) {
  mkdirSync(dirname(countFile), { recursive: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', ...process.argv.slice(2)];
  const passed = run(process.execPath, args, {
    ...process.env,
    ACKLINE_COUNT_FILE: countFile,
    ACKLINE_PROOF_FILE: proofFile,
    ACKLINE_ENGINES: engines.join(),
    ACKLINE_NODES: nodes.map(({ path }) => path).join(delimiter),
  });
  if (!existsSync(countFile)) return { passed: 0, failed: 1, skipped: 0 };
  const count = JSON.parse(readFileSync(countFile, 'utf8'));
  return passed || count.failed > 0 ? count : { ...count, failed: 1 };
}

/** Prints what the simulations and the campaign really did. A run of some tests only promises no volumes. */
function passesProof() {
  const parts = readProof(proofFile);
  console.log(`\n${proofLine(parts)}`);
  const missed = process.argv.length > 2 ? [] : missedFloors(parts);
  for (const one of missed) console.log(`Too little proof: ${one}`);
  return missed.length === 0;
}

/** @param {readonly string[]} asked */
function firstMinutesLeftOut(asked) {
  return asked.includes(FIRST_MINUTES)
    ? `React with Fast Refresh, Next and Angular (npm run ${FIRST_MINUTES} -- --all downloads them)`
    : `first minutes in other projects (npm run ${FIRST_MINUTES})`;
}

async function main() {
  rmSync(join(root, 'test/.tmp'), { recursive: true, force: true });
  const { names, faults, leftOut } = getEngines();
  if (faults.length > 0) {
    console.log(faults.join('\n'));
    return { passed: 0, failed: faults.length, skipped: 0 };
  }
  const serversLeftOut = getServers();
  const asked = process.env['ACKLINE_ENGINES'] ? [FIRST_MINUTES, ...gates] : gates;
  const { nodes, leftOut: nodesLeftOut } = findNodes();
  const failedGates = await runJobs([gateJob(BUILD)], { cwd: root, atOnce: 1 });
  const jobs = [...asked.map(gateJob), ...nodes.map(conformanceJob)];
  failedGates.push(...(await runJobs(jobs, { cwd: root, atOnce: JOBS_AT_ONCE })));
  const count = runVitest(names, nodes);
  console.log(`\nEngines: ${names.join(', ')}`);
  console.log(`Nodes: ${nodes.map(({ version }) => version).join(', ')}`);
  const allLeftOut = [...leftOut, ...nodesLeftOut, ...serversLeftOut, firstMinutesLeftOut(asked)];
  for (const missing of allLeftOut) console.log(`Left out: ${missing}`);
  if (!passesProof()) failedGates.push('volumes of the proof');
  if (failedGates.length > 0) console.log(`\nFailed beside the tests: ${failedGates.join(', ')}`);
  return { ...count, failed: count.failed + failedGates.length };
}

const count = await main();
console.log(`\n${plainLine(count)}`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
