import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findExecutable, placesOnPath } from './find-executable.mjs';

const VARIABLES = [
  'ACKLINE_CHROMIUM',
  'CHROMIUM_BIN',
  'CHROME_BIN',
  'CHROMIUM_PATH',
  'CHROME_PATH',
  'PUPPETEER_EXECUTABLE_PATH',
  'PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH',
];

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'chrome.exe',
];

const FIXED_PLACES = [
  '/usr/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const PLAYWRIGHT_BINARIES = [
  'chrome-linux64/chrome',
  'chrome-linux/chrome',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win64/chrome.exe',
  'chrome-win/chrome.exe',
];

/** What Chromium needs to start in a container, as root, without a network. */
export const CHROMIUM_FLAGS = Object.freeze([
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]);

export const HOW_TO_GET_CHROMIUM =
  'No Chromium found: install one (Debian: apt-get install chromium; elsewhere: npx playwright install chromium) or set ACKLINE_CHROMIUM to its path.';

/** @param {NodeJS.ProcessEnv} env */
function playwrightFolders(env) {
  const folders = [
    env['PLAYWRIGHT_BROWSERS_PATH'] ?? '',
    join(homedir(), '.cache/ms-playwright'),
    join(homedir(), 'Library/Caches/ms-playwright'),
    join(env['LOCALAPPDATA'] ?? homedir(), 'ms-playwright'),
  ];
  return folders.filter((folder) => folder !== '' && existsSync(folder));
}

/** @param {NodeJS.ProcessEnv} env */
function* playwrightCandidates(env) {
  for (const folder of playwrightFolders(env)) {
    const builds = readdirSync(folder)
      .filter((name) => /^chromium-\d+$/.test(name))
      .sort((left, right) => Number(right.slice(9)) - Number(left.slice(9)));
    for (const build of builds)
      for (const binary of PLAYWRIGHT_BINARIES) yield join(folder, build, binary);
  }
}

/** @param {NodeJS.ProcessEnv} env */
function* candidates(env) {
  yield* placesOnPath(NAMES, env);
  yield* FIXED_PLACES;
  yield* playwrightCandidates(env);
}

/**
 * The path of a Chromium: from a variable, the PATH, Debian's package or Playwright's cache.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findChromium(env = process.env) {
  return findExecutable('Chromium', VARIABLES, candidates(env), env);
}
