// npm run campaign:nats -- --publishes 100000 --faults 12 --seed 1
import { parseArgs } from 'node:util';
import type { Fault } from '../backends/nats/cluster/cluster-options.ts';
import { runCluster } from '../backends/nats/cluster/run-cluster.ts';

const { values } = parseArgs({
  options: {
    publishes: { type: 'string', default: '100000' },
    faults: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    restarts: { type: 'string', default: 'after-election' },
  },
});

function numberOf(option: 'publishes' | 'faults' | 'seed'): number {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`--${option} must be a whole number from 1, got ${values[option]}`);
}

const KINDS: readonly Fault[] = ['kill', 'kill-leader', 'cut-off', 'stop'];
const [publishes, count, seed] = [numberOf('publishes'), numberOf('faults'), numberOf('seed')];
const faults = Array.from({ length: count }, (_, index) => KINDS[index % KINDS.length] as Fault);
const restarts = values.restarts === 'at-once' ? 'at-once' : 'after-election';
const result = await runCluster({ publishes, seed, faults, restarts, onProgress: console.log });
const { violations, ...figures } = result;
console.log({ ...figures, seed, restarts, node: process.version, violations: violations.length });
for (const violation of violations.slice(0, 20)) console.log(violation);
process.exitCode = violations.length === 0 ? 0 : 1;
