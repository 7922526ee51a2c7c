// Plain JavaScript: it must start on any Node from 20, whatever brought it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, HOW_TO_GET_CHROMIUM } from './setup/find-chromium.mjs';
import { plainLine } from './setup/plain-reporter.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const countFile = join(root, 'test/.tmp/count.json');
const gates = ['build', 'lint', 'check:package', 'size'];

/** @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status === 0;
}

function isRootOnDebian() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function installChromium() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], env);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], env);
}

/** Answers why the tests cannot have a Chromium, or null when there is one. */
function chromiumFault() {
  try {
    if (findChromium() !== undefined) return null;
    if (isRootOnDebian()) installChromium();
    return findChromium() === undefined ? HOW_TO_GET_CHROMIUM : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param {string} gate */
function passesGate(gate) {
  console.log(`\n> npm run ${gate}`);
  const passed = run('npm', ['run', '--silent', gate]);
  if (!passed) console.log(`npm run ${gate} failed`);
  return passed;
}

/** The built package on the Node that started npm: the tools bring their own, users do not have that one. */
function passesOnUsersNode() {
  const node = process.env['npm_node_execpath'] ?? process.execPath;
  console.log(`\n> conformance of the built package`);
  run(node, ['--version']);
  const file = join(root, 'test/package/conformance.mjs');
  const { status, stdout } = spawnSync(node, ['--test', '--test-reporter=tap', file], {
    cwd: root,
    encoding: 'utf8',
  });
  console.log(status === 0 ? stdout.split('\n').slice(-10).join('\n').trim() : stdout);
  return status === 0;
}

/** @returns {{ passed: number, failed: number, skipped: number }} */
function runVitest() {
  mkdirSync(dirname(countFile), { recursive: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', ...process.argv.slice(2)];
  const passed = run(process.execPath, args, { ...process.env, ACKLINE_COUNT_FILE: countFile });
  if (!existsSync(countFile)) return { passed: 0, failed: 1, skipped: 0 };
  const count = JSON.parse(readFileSync(countFile, 'utf8'));
  return passed || count.failed > 0 ? count : { ...count, failed: 1 };
}

function main() {
  rmSync(join(root, 'test/.tmp'), { recursive: true, force: true });
  const fault = chromiumFault();
  if (fault !== null) {
    console.log(fault);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const failedGates = gates.filter((gate) => !passesGate(gate));
  if (!passesOnUsersNode()) failedGates.push('conformance of the built package');
  const count = runVitest();
  if (failedGates.length > 0) console.log(`\nFailed beside the tests: ${failedGates.join(', ')}`);
  return { ...count, failed: count.failed + failedGates.length };
}

const count = main();
console.log(`\n${plainLine(count)}`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
