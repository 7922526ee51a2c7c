// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { askedEngines, engineSources } from './engine-names.mjs';

/** @typedef {import('./engine-names.mjs').EngineName} EngineName */

export function isRootOnDebian() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** @param {readonly string[]} packages */
export function installDebianPackages(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  for (const args of [['update', '-qq'], install])
    spawnSync('apt-get', args, { stdio: 'inherit', env });
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** Returns why the tests cannot have an engine, or null if they can. @param {EngineName} name */
function faultOf(name) {
  const { find, howToGet } = engineSources[name];
  try {
    return find() === undefined ? howToGet : null;
  } catch (error) {
    return messageOf(error);
  }
}

/** @param {readonly EngineName[]} names */
function installMissing(names) {
  const missing = names.filter((name) => faultOf(name) === engineSources[name].howToGet);
  if (missing.length === 0 || !isRootOnDebian()) return;
  installDebianPackages(missing.flatMap((name) => engineSources[name].debianPackages));
}

/** @typedef {{ names: EngineName[], faults: string[], leftOut: string[] }} FoundEngines */

/** @param {readonly EngineName[]} asked @returns {FoundEngines} */
function findEngines(asked) {
  const mayLeaveOut = process.env['ACKLINE_ENGINES'] === 'available';
  /** @type {FoundEngines} */
  const found = { names: [], faults: [], leftOut: [] };
  for (const name of asked) {
    const fault = faultOf(name);
    // A variable that names no executable is always a mistake, also with `available`.
    const isMissing = fault === engineSources[name].howToGet;
    if (fault === null) found.names.push(name);
    else if (isMissing && mayLeaveOut && name !== 'chromium')
      found.leftOut.push(`${name} (${fault})`);
    else found.faults.push(fault);
  }
  return found;
}

/**
 * The requested engines that the tests have, and a message for each of the others. `available` leaves out missing engines,
 * but never Chromium.
 *
 * @returns {FoundEngines}
 */
export function getEngines() {
  try {
    const asked = askedEngines();
    installMissing(asked);
    return findEngines(asked);
  } catch (error) {
    return { names: [], faults: [messageOf(error)], leftOut: [] };
  }
}
