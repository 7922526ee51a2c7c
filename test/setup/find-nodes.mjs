// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { placesOnPath } from './find-executable.mjs';

/**
 * @typedef {object} FoundNode
 * @property {string} path
 * @property {string} version As `node --version` prints it.
 */

/** @typedef {{ nodes: readonly FoundNode[], leftOut: readonly string[] }} FoundNodes */

/** The majors that the library is tested on, each with the least minor that `engines` in package.json allows. */
const LEAST_MINORS = new Map([
  [20, 19],
  [22, 12],
  [24, 0],
  [26, 0],
]);

/** Where version managers keep one folder for each version, and where Node lies in it. */
const VERSION_FOLDERS = [
  ['.nvm/versions/node', 'bin/node'],
  ['.local/share/fnm/node-versions', 'installation/bin/node'],
  ['.local/share/mise/installs/node', 'bin/node'],
  ['.volta/tools/image/node', 'bin/node'],
  ['.asdf/installs/nodejs', 'bin/node'],
  ['.nodenv/versions', 'bin/node'],
];

const FETCH_TIMEOUT_MS = 300_000;

/** @param {string} path @returns {FoundNode | undefined} */
function nodeAt(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 ? { path, version: stdout.trim() } : undefined;
}

/** @param {FoundNode} node */
function majorOf({ version }) {
  return Number(version.slice(1).split('.')[0]);
}

/** @param {FoundNode} node */
function isTested(node) {
  const minor = Number(node.version.split('.')[1]);
  return minor >= (LEAST_MINORS.get(majorOf(node)) ?? Number.POSITIVE_INFINITY);
}

/** @param {NodeJS.ProcessEnv} env */
function* placesOnMachine(env) {
  yield* placesOnPath(['node'], env);
  const home = env['HOME'] ?? homedir();
  for (const [folder = '', place = ''] of VERSION_FOLDERS) {
    const versions = join(home, folder);
    if (existsSync(versions))
      for (const version of readdirSync(versions)) yield join(versions, version, place);
  }
}

/**
 * The newest Node of a major version, in the cache of npm. `npm exec` fetches it if it is missing.
 *
 * @param {number} major
 * @param {NodeJS.ProcessEnv} env
 */
function fetchNode(major, env) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const spec = `--package=node-${platform}-${process.arch}@${major}`;
  const args = ['exec', '--yes', spec, '--', 'node', '-p', 'process.execPath'];
  // In the project's folder npm would take the project's own Node.
  const { status, stdout } = spawnSync('npm', args, {
    cwd: tmpdir(),
    encoding: 'utf8',
    env,
    timeout: FETCH_TIMEOUT_MS,
  });
  const node = status === 0 ? nodeAt(stdout.trim()) : undefined;
  return node && majorOf(node) === major ? node : undefined;
}

/** Throws if a path starts no Node. @param {string} path @returns {FoundNode} */
function requireNode(path) {
  const node = nodeAt(path);
  if (node) return node;
  throw new Error(`ACKLINE_NODES must be \`available\` or paths of Node, got ${path}`);
}

/** @param {readonly FoundNode[]} nodes @returns {FoundNode[]} */
function withoutDoubles(nodes) {
  return nodes.filter(
    ({ version }, index) => nodes.findIndex((node) => node.version === version) === index,
  );
}

/**
 * The Nodes that the tests run users' programs on, each version once: the Node of the tests, the Node that started npm, and
 * those that the environment variable `ACKLINE_NODES` lists by their paths, separated as in `PATH`. Without the variable
 * one more for each other major that the library is tested on, where the machine has one. With `available` npm fetches
 * those that the machine lacks; `leftOut` names what is missing all the same.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {FoundNodes}
 */
export function findNodes(env = process.env) {
  const asked = env['ACKLINE_NODES'] ?? '';
  const own = [process.execPath, env['npm_node_execpath'] ?? process.execPath].map(requireNode);
  if (asked !== '' && asked !== 'available') {
    const paths = asked.split(delimiter).filter((path) => path !== '');
    return { nodes: withoutDoubles([...own, ...paths.map(requireNode)]), leftOut: [] };
  }
  const nodes = withoutDoubles(own);
  const isMissing = (/** @type {number} */ major) => !nodes.some((node) => majorOf(node) === major);
  for (const place of placesOnMachine(env)) {
    const node = existsSync(place) ? nodeAt(place) : undefined;
    if (node && isTested(node) && isMissing(majorOf(node))) nodes.push(node);
  }
  if (asked === 'available')
    for (const major of [...LEAST_MINORS.keys()].filter(isMissing)) {
      const node = fetchNode(major, env);
      if (node) nodes.push(node);
    }
  const leftOut = [...LEAST_MINORS.keys()].filter(isMissing).map((major) => `Node ${major}`);
  return { nodes, leftOut };
}
