import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Missing or not executable. The caller tries the next place.
    return false;
  }
}

/**
 * All paths on the PATH where one of these names could be.
 *
 * @param {readonly string[]} names
 * @param {NodeJS.ProcessEnv} env
 */
export function* placesOnPath(names, env) {
  for (const folder of (env['PATH'] ?? '').split(delimiter))
    if (folder !== '') for (const name of names) yield join(folder, name);
}

/**
 * The first place that is executable. A variable that names no executable is a mistake, so the function throws and does
 * not search further.
 *
 * @param {string} what
 * @param {readonly string[]} variables
 * @param {Iterable<string>} places
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function findExecutable(what, variables, places, env) {
  for (const variable of variables) {
    const path = env[variable];
    if (path === undefined || path === '') continue;
    if (isExecutable(path)) return path;
    throw new Error(`${variable} must be the path of a ${what} that can be run, got ${path}`);
  }
  for (const path of places) if (isExecutable(path)) return path;
  return undefined;
}
