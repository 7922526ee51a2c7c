// npm run campaign:sqlite -- --kills 1000 --processes 3 --seed 1
import { parseArgs } from 'node:util';
import { runKills } from '../backends/sqlite/kills/run-kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});

function numberOf(option: keyof typeof values): number {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`--${option} must be a whole number from 1, got ${values[option]}`);
}

const [kills, processes, seed] = [numberOf('kills'), numberOf('processes'), numberOf('seed')];
const onProgress = (done: number) => {
  if (done % 50 === 0) console.log(`${done} of ${kills} processes killed`);
};
const result = await runKills({ kills, processes, seed, onProgress });
const { violations, ...figures } = result;
const summary = {
  ...figures,
  processes,
  seed,
  node: process.version,
  violations: violations.length,
};
console.log(summary);
for (const violation of violations.slice(0, 20)) console.log(violation);
process.exitCode = violations.length === 0 && figures.integrity === 'ok' ? 0 : 1;
