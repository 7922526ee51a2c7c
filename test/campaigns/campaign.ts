// npm run campaign -- --minutes 10 --engine firefox --durability strict --seed 7
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../package/paths.ts';
import { RESULTS_FOLDER } from './campaign-result.ts';
import { ChaosCampaign } from './chaos/chaos-campaign.ts';
import { isSound, tableOf } from './chaos/chaos-table.ts';

const ENGINES = ['chromium', 'firefox'] as const;
const DURABILITIES = ['relaxed', 'strict'] as const;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'chromium' },
    durability: { type: 'string', default: 'relaxed' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});

function choiceOf<T extends string>(option: keyof typeof values, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === values[option]);
  if (chosen) return chosen;
  throw new TypeError(`--${option} must be ${choices.join(' or ')}, got ${values[option]}`);
}

function numberOf(option: 'minutes' | 'seed'): number {
  const number = Number(values[option]);
  if (Number.isFinite(number) && number > 0) return number;
  throw new TypeError(`--${option} must be a number above 0, got ${values[option]}`);
}

// So that the browser ends with the campaign.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const engine = choiceOf('engine', ENGINES);
const durability = choiceOf('durability', DURABILITIES);
const [minutes, seed] = [numberOf('minutes'), numberOf('seed')];
const result = await ChaosCampaign.run({
  ...{ engine, durability, minutes, seed },
  onProgress: (line) => console.log(line),
});
const { out = join(root, RESULTS_FOLDER, `${engine}-${durability}-${seed}.json`) } = values;
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
console.log(tableOf(result));
for (const line of result.evidence ?? []) console.log(line);
process.exitCode = isSound(result) ? 0 : 1;
