import { findChromium, HOW_TO_GET_CHROMIUM } from './find-chromium.mjs';
import { findFirefox, HOW_TO_GET_FIREFOX } from './find-firefox.mjs';
import { findWebKitGtk, HOW_TO_GET_WEBKITGTK } from './find-webkitgtk.mjs';

/** @typedef {'chromium' | 'firefox' | 'webkitgtk'} EngineName */

/**
 * @typedef {object} EngineSource
 * @property {() => unknown} find Returns undefined if the engine is not installed.
 * @property {string} howToGet
 * @property {readonly string[]} debianPackages
 */

/** @type {Readonly<Record<EngineName, EngineSource>>} */
export const engineSources = {
  chromium: {
    find: findChromium,
    howToGet: HOW_TO_GET_CHROMIUM,
    debianPackages: ['chromium'],
  },
  firefox: {
    find: findFirefox,
    howToGet: HOW_TO_GET_FIREFOX,
    debianPackages: ['firefox-esr'],
  },
  webkitgtk: {
    find: findWebKitGtk,
    howToGet: HOW_TO_GET_WEBKITGTK,
    debianPackages: ['libwebkit2gtk-4.1-0', 'xvfb'],
  },
};

/** @type {readonly EngineName[]} */
export const ENGINE_NAMES = ['chromium', 'firefox', 'webkitgtk'];

/** @param {string} name @returns {name is EngineName} */
export function isEngineName(name) {
  return Object.hasOwn(engineSources, name);
}

/**
 * The engines that ACKLINE_ENGINES names: names with commas between, or `all`. Without the variable only Chromium.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {readonly EngineName[]}
 */
export function askedEngines(env = process.env) {
  const asked = env['ACKLINE_ENGINES'] || 'chromium';
  if (asked === 'all' || asked === 'available') return ENGINE_NAMES;
  const names = asked.split(',').map((name) => name.trim());
  const known = names.filter(isEngineName);
  if (known.length < names.length)
    throw new Error(
      `ACKLINE_ENGINES must be all, available, or some of ${ENGINE_NAMES.join(', ')}, got ${asked}`,
    );
  return known;
}
