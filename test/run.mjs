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

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const countFile = join(root, 'test/.tmp/count.json');
const proofFile = join(root, 'test/.tmp/proof.jsonl');
/** A case that hangs must fail the run, and not use up all its time. */
const CONFORMANCE_TIMEOUT_MS = 180_000;
const gates = ['build', 'lint', 'check:package', 'size'];
/** Runs where more than Chromium is asked for: it takes two minutes. */
const FIRST_MINUTES = 'test:first-minutes';

/** @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status === 0;
}

/** @param {string} gate */
function passesGate(gate) {
  console.log(`\n> npm run ${gate}`);
  const passed = run('npm', ['run', '--silent', gate]);
  if (!passed) console.log(`npm run ${gate} failed`);
  return passed;
}

/** The tools bring a newer Node, which users may not have. @param {import('./setup/find-nodes.mjs').FoundNode} node */
function passesConformance({ path, version }) {
  console.log(`\n> conformance of the built package on Node ${version}`);
  const file = join(root, 'test/package/conformance.mjs');
  const { status, stdout } = spawnSync(path, ['--test', '--test-reporter=tap', file], {
    cwd: root,
    encoding: 'utf8',
    timeout: CONFORMANCE_TIMEOUT_MS,
  });
  console.log(status === 0 ? stdout.split('\n').slice(-10).join('\n').trim() : stdout);
  return status === 0;
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

function main() {
  rmSync(join(root, 'test/.tmp'), { recursive: true, force: true });
  const { names, faults, leftOut } = getEngines();
  if (faults.length > 0) {
    console.log(faults.join('\n'));
    return { passed: 0, failed: faults.length, skipped: 0 };
  }
  const serversLeftOut = getServers();
  const asked = process.env['ACKLINE_ENGINES'] ? [...gates, FIRST_MINUTES] : gates;
  const failedGates = asked.filter((gate) => !passesGate(gate));
  const { nodes, leftOut: nodesLeftOut } = findNodes();
  for (const node of nodes)
    if (!passesConformance(node)) failedGates.push(`conformance on Node ${node.version}`);
  const count = runVitest(names, nodes);
  console.log(`\nEngines: ${names.join(', ')}`);
  console.log(`Nodes: ${nodes.map(({ version }) => version).join(', ')}`);
  const allLeftOut = [...leftOut, ...nodesLeftOut, ...serversLeftOut, firstMinutesLeftOut(asked)];
  for (const missing of allLeftOut) console.log(`Left out: ${missing}`);
  if (!passesProof()) failedGates.push('volumes of the proof');
  if (failedGates.length > 0) console.log(`\nFailed beside the tests: ${failedGates.join(', ')}`);
  return { ...count, failed: count.failed + failedGates.length };
}

const count = main();
console.log(`\n${plainLine(count)}`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
