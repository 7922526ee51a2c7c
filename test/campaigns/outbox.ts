// npm run campaign:outbox -- --runs 200 --engine chromium --seed 1
import { parseArgs } from 'node:util';
import { isSound } from '../outbox/browser-campaign/outbox-campaign-options.ts';
import { runOutboxCampaign } from '../outbox/browser-campaign/run-outbox-campaign.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    engine: { type: 'string', default: 'chromium' },
    seed: { type: 'string', default: '1' },
  },
});

function numberOf(option: 'runs' | 'seed'): number {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`--${option} must be a whole number from 1, got ${values[option]}`);
}

const { engine } = values;
if (engine !== 'chromium' && engine !== 'firefox')
  throw new TypeError(`--engine must be chromium or firefox, got ${engine}`);
// So that the browser ends with the campaign.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const [runs, seed] = [numberOf('runs'), numberOf('seed')];
const startedAt = performance.now();
const result = await runOutboxCampaign({
  ...{ engine, runs, seed },
  onRun: (run, { accepted, requests }) => {
    if (run % 10 === 0)
      console.log(`${run} of ${runs} runs: ${accepted} orders, ${requests} requests`);
  },
});
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
console.log({ engine, runs, seed, minutes, ...result });
process.exitCode = isSound(result) ? 0 : 1;
