import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, placesOnPath } from './find-executable.mjs';

const LIBRARY_FOLDERS = ['/usr/lib', '/usr/lib64', '/usr/libexec'];

const MINIBROWSERS = ['webkit2gtk-4.1/MiniBrowser', 'webkitgtk-6.0/MiniBrowser'];

export const HOW_TO_GET_WEBKITGTK =
  'No WebKitGTK found: install its MiniBrowser and Xvfb (Debian: apt-get install libwebkit2gtk-4.1-0 xvfb) or set ACKLINE_WEBKITGTK and ACKLINE_XVFB to their paths.';

/** Debian keeps it beside the library, in a folder for the machine's architecture. */
function* minibrowserPlaces() {
  for (const folder of LIBRARY_FOLDERS.filter((path) => existsSync(path)))
    for (const part of ['.', ...readdirSync(folder).filter((name) => name.endsWith('-linux-gnu'))])
      for (const minibrowser of MINIBROWSERS) yield join(folder, part, minibrowser);
}

/**
 * The small browser of WebKitGTK, and the display for it.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ readonly minibrowser: string, readonly xvfb: string } | undefined}
 */
export function findWebKitGtk(env = process.env) {
  const minibrowser = findExecutable(
    'MiniBrowser',
    ['ACKLINE_WEBKITGTK'],
    minibrowserPlaces(),
    env,
  );
  const xvfb = findExecutable('Xvfb', ['ACKLINE_XVFB'], placesOnPath(['Xvfb'], env), env);
  return minibrowser === undefined || xvfb === undefined ? undefined : { minibrowser, xvfb };
}
