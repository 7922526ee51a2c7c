// npm run campaign:broadcast -- --seed 1 --seeds 5 --laps 150
import { parseArgs } from 'node:util';
import { isSound } from './broadcast-account.ts';
import { BroadcastCampaign } from './broadcast-campaign.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    laps: { type: 'string', default: '150' },
  },
});

function countOf(option: keyof typeof values): number {
  const count = Number(values[option]);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new TypeError(`--${option} must be a whole number from 1, got ${values[option]}`);
}

const [first, seeds, laps] = [countOf('seed'), countOf('seeds'), countOf('laps')];
for (let seed = first; seed < first + seeds; seed += 1) {
  const onProgress = (line: string) => console.log(line);
  const { contexts, published, accounts } = await BroadcastCampaign.run({ seed, laps, onProgress });
  console.log(`seed ${seed}: ${contexts} contexts, ${published} events`);
  for (const account of accounts) {
    const { name, wanted, lacking, knowable, missed } = account;
    console.log(
      `  ${name}: ${wanted} wanted, ${lacking.length} lacking, ${missed} of them reported, ` +
        `${lacking.length - knowable} of which no remaining member knows`,
    );
    if (isSound(account)) continue;
    console.log(`  WRONG: ${JSON.stringify(account)}`);
    process.exitCode = 1;
  }
}
