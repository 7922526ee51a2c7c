// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { existsSync, readFileSync } from 'node:fs';

/**
 * What one simulation or campaign of a test run really did. Times are epoch milliseconds.
 *
 * @typedef {{
 *   readonly name: string,
 *   readonly from: number,
 *   readonly to: number,
 *   readonly seeds: number,
 *   readonly faults: number,
 *   readonly acknowledged: number,
 *   readonly crashes: number,
 *   readonly kills: number,
 * }} ProofPart
 */

/** What a whole test run must do at least. `acknowledged`, `crashes` and `kills` are those of a real Chromium. */
export const PROOF_FLOORS = Object.freeze({
  seeds: 2_000,
  faults: 50_000,
  acknowledged: 20_000,
  crashes: 50,
  kills: 5,
});

/** Most seconds that the parts should take. A longer run does not fail, because the time depends on the machine. */
export const PROOF_SECONDS = 600;

/** @typedef {keyof typeof PROOF_FLOORS} ProofFigure */

/** @type {Readonly<Record<ProofFigure, string>>} */
export const PROOF_WORDS = {
  seeds: 'simulated seeds',
  faults: 'injected faults',
  acknowledged: 'acknowledged events in Chromium',
  crashes: 'crashes of its tabs',
  kills: 'kills of the browser',
};

const figures = /** @type {readonly ProofFigure[]} */ (Object.keys(PROOF_FLOORS));

/** The parts that a run has recorded. @param {string} file @returns {readonly ProofPart[]} */
export function readProof(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** @param {readonly ProofPart[]} parts @param {ProofFigure} figure */
function sumOf(parts, figure) {
  return parts.reduce((sum, part) => sum + part[figure], 0);
}

/** @param {number} count */
function format(count) {
  return count.toLocaleString('en-US');
}

/** The time in which at least one part ran: parts run at the same time. @param {readonly ProofPart[]} parts */
function secondsOf(parts) {
  let [sumMs, end] = [0, 0];
  for (const { from, to } of [...parts].sort((left, right) => left.from - right.from)) {
    sumMs += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return Math.round(sumMs / 1_000);
}

/** One line for people. @param {readonly ProofPart[]} parts */
export function proofLine(parts) {
  const sums = figures.map((figure) => `${format(sumOf(parts, figure))} ${PROOF_WORDS[figure]}`);
  const seconds = secondsOf(parts);
  const late = seconds > PROOF_SECONDS ? `, which is over the aim of ${PROOF_SECONDS} s` : '';
  return `Proof in this run: ${sums.join(', ')}, in ${format(seconds)} s${late}`;
}

/**
 * What the parts did less than they must, in words. A part that did nothing, or that never ran, is missed here.
 *
 * @param {readonly ProofPart[]} parts
 * @returns {readonly string[]}
 */
export function missedFloors(parts) {
  return figures
    .filter((figure) => sumOf(parts, figure) < PROOF_FLOORS[figure])
    .map((figure) => {
      const [sum, floor] = [sumOf(parts, figure), PROOF_FLOORS[figure]].map(format);
      return `${sum} ${PROOF_WORDS[figure]} instead of ${floor}`;
    });
}
