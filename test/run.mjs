// Plain JavaScript, because it must start on any Node from 20.
import { rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodes } from './setup/find-nodes.mjs';
import { getEngines } from './setup/get-engines.mjs';
import { getServers } from './setup/get-servers.mjs';
import { plainLine } from './setup/plain-reporter.mjs';
import { missedFloors, proofLine, readProof } from './setup/proof.mjs';
import { runJobs } from './setup/run-jobs.mjs';
import { runVitest } from './setup/run-vitest.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
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
/** Lower than the usual 0: it gets about a tenth of a core that others want, and all of one that is idle. */
const COMPUTING_PRIORITY = 10;
/** Files or options of Vitest. */
const chosen = process.argv.slice(2);

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
 * @param {string} name
 * @param {readonly string[]} args
 * @param {readonly string[]} engines
 * @param {readonly import('./setup/find-nodes.mjs').FoundNode[]} nodes
 */
function vitest(name, args, engines, nodes, priority = 0) {
  const env = {
    ...process.env,
    ACKLINE_PROOF_FILE: proofFile,
    ACKLINE_ENGINES: engines.join(),
    ACKLINE_NODES: nodes.map(({ path }) => path).join(delimiter),
  };
  const countFile = join(root, `test/.tmp/count-${name}.json`);
  return runVitest({ cwd: root, args, env, countFile, priority });
}

/** @param {readonly string[]} projects */
function projectArgs(projects) {
  return projects.flatMap((project) => ['--project', project]);
}

/**
 * Two runs at once: tests that compute, and tests of whole browsers, which wait for most of their time. Those that measure times
 * are among the latter, so the former have a lower priority. A run of some tests only is one run.
 *
 * @param {readonly string[]} engines
 * @param {readonly import('./setup/find-nodes.mjs').FoundNode[]} nodes
 * @param {() => Promise<void>} checkGates They compute, too.
 */
async function runTests(engines, nodes, checkGates) {
  if (chosen.length > 0) {
    await checkGates();
    return [await vitest('chosen', chosen, engines, nodes)];
  }
  const compute = async () => {
    await checkGates();
    const projects = projectArgs(['node', 'happy-dom', 'types', ...engines]);
    return vitest('computing', projects, engines, nodes, COMPUTING_PRIORITY);
  };
  return Promise.all([compute(), vitest('waiting', projectArgs(['e2e*']), engines, nodes)]);
}

/** Prints what the simulations and the campaign really did. A run of some tests only promises no volumes. */
function passesProof() {
  const parts = readProof(proofFile);
  console.log(`\n${proofLine(parts)}`);
  const missed = chosen.length > 0 ? [] : missedFloors(parts);
  for (const one of missed) console.log(`Too little proof: ${one}`);
  return missed.length === 0;
}

/** @param {readonly string[]} asked */
function firstMinutesLeftOut(asked) {
  return asked.includes(FIRST_MINUTES)
    ? `React with Fast Refresh, Next and Angular (npm run ${FIRST_MINUTES} -- --all downloads them)`
    : `first minutes in other projects (npm run ${FIRST_MINUTES})`;
}

/** @param {readonly import('./setup/plain-reporter.mjs').Count[]} counts */
function sumOf(counts) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of counts) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
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
  const counts = await runTests(names, nodes, async () => {
    const options = { cwd: root, atOnce: JOBS_AT_ONCE, priority: COMPUTING_PRIORITY };
    failedGates.push(...(await runJobs(jobs, options)));
  });
  console.log(`\nEngines: ${names.join(', ')}`);
  console.log(`Nodes: ${nodes.map(({ version }) => version).join(', ')}`);
  const allLeftOut = [...leftOut, ...nodesLeftOut, ...serversLeftOut, firstMinutesLeftOut(asked)];
  for (const missing of allLeftOut) console.log(`Left out: ${missing}`);
  if (!passesProof()) failedGates.push('volumes of the proof');
  if (failedGates.length > 0) console.log(`\nFailed beside the tests: ${failedGates.join(', ')}`);
  const count = sumOf(counts);
  return { ...count, failed: count.failed + failedGates.length };
}

const count = await main();
console.log(`\n${plainLine(count)}`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
