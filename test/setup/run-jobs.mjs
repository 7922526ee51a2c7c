// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { spawn } from 'node:child_process';

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {number} [timeoutMs] A job that takes longer is ended by SIGTERM, and has failed. Default: no limit.
 * @property {number} [shownLines] How many of its last lines are printed if it passes. Default: all.
 */

/** @param {Job} job @param {string} output */
function shown({ shownLines = Number.POSITIVE_INFINITY }, output) {
  const lines = output.trimEnd().split('\n');
  return lines.slice(Math.max(0, lines.length - shownLines)).join('\n');
}

/**
 * Resolves with whether it passed. Its output is printed at its end, so that the outputs of two jobs do not mix.
 *
 * @param {Job} job @param {string} cwd @returns {Promise<boolean>}
 */
function runJob(job, cwd) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(job.command, job.args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const timer = job.timeoutMs === undefined ? undefined : setTimeout(stop, job.timeoutMs);
    function stop() {
      output += `not over after ${job.timeoutMs} ms\n`;
      child.kill();
      // A process that it has started may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
    }
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    /** @param {boolean} passed */
    const end = (passed) => {
      clearTimeout(timer);
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      console.log(`\n> ${job.name} (${passed ? '' : 'failed, '}${seconds} s)`);
      console.log(passed ? shown(job, output) : output);
      resolve(passed);
    };
    child.once('error', (error) => {
      output += String(error);
    });
    // Not `exit`, because the last output may come after it. It also follows an error.
    child.once('close', (code) => end(code === 0));
  });
}

/**
 * Runs jobs that do not need each other, `atOnce` at the same time, and starts them in their order.
 *
 * @param {readonly Job[]} jobs @param {{ cwd: string, atOnce: number }} options
 * @returns {Promise<string[]>} The names of those that failed.
 */
export async function runJobs(jobs, { cwd, atOnce }) {
  const waiting = [...jobs];
  /** @type {string[]} */
  const failed = [];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift())
      if (!(await runJob(job, cwd))) failed.push(job.name);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return failed;
}
