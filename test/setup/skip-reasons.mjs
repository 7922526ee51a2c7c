// Plain JavaScript, like run.mjs, because it must start on any Node from 20.

/**
 * A skipped test: its file, and the reason that it has given.
 *
 * @typedef {{ file: string, reason: string | undefined }} Skipped
 */

/** What a case of the conformance suite says, see test/run-conformance.ts. */
const LACKS = /^(.+) lacks (.+)$/;

/** @param {Map<string, number>} counts @param {string} key */
function count(counts, key) {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** @param {Map<string, number>} counts */
function shown(counts) {
  return [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, number]) => `${key} (${number})`);
}

/**
 * Why tests were skipped, in lines for people: one for each backend with the requirements that it lacks and how many cases need
 * them, and one for each other reason.
 *
 * @param {readonly Skipped[]} skipped
 * @returns {readonly string[]}
 */
export function skipReasons(skipped) {
  /** @type {Map<string, Map<string, number>>} */
  const backends = new Map();
  /** @type {Map<string, number>} */
  const others = new Map();
  for (const { file, reason = `no reason given in ${file}` } of skipped) {
    const [, backend = '', requirements = ''] = LACKS.exec(reason) ?? [];
    if (backend === '') count(others, reason);
    const lacked = backends.get(backend) ?? new Map();
    if (backend !== '') backends.set(backend, lacked);
    for (const requirement of requirements.split(', ')) count(lacked, requirement);
  }
  const ofBackends = [...backends].map(
    ([backend, lacked]) => `${backend} lacks ${shown(lacked).join(', ')}`,
  );
  return [...ofBackends.sort(), ...shown(others)].map((line) => `Skipped: ${line}`);
}
