import { findExecutable, placesOnPath } from './find-executable.mjs';

const FIXED_PLACES = [
  '/usr/bin/firefox-esr',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:/Program Files/Mozilla Firefox/firefox.exe',
];

/** Playwright's name for a Firefox as Mozilla builds it, driven over WebDriver BiDi. */
export const FIREFOX_CHANNEL = 'moz-firefox';

export const FIREFOX_PREFERENCES = Object.freeze({
  // Otherwise a killed Firefox would reopen its old tabs, and offer its safe mode after three kills.
  'browser.sessionstore.resume_from_crash': false,
  'toolkit.startup.max_resumed_crashes': -1,
});

export const HOW_TO_GET_FIREFOX =
  'No Firefox found: install one (Debian: apt-get install firefox-esr) or set ACKLINE_FIREFOX to its path.';

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findFirefox(env = process.env) {
  const places = [...placesOnPath(['firefox-esr', 'firefox', 'firefox.exe'], env), ...FIXED_PLACES];
  return findExecutable('Firefox', ['ACKLINE_FIREFOX'], places, env);
}
