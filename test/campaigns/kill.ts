// npm run campaign:kill -- --engine firefox --rounds 30
import { parseArgs } from 'node:util';
import { ENGINE_NAMES, isEngineName } from '../setup/engine-names.mjs';
import { runKillCampaign } from './kill-campaign.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'chromium' },
    rounds: { type: 'string', default: '20' },
  },
});

const { engine } = values;
const rounds = Number(values.rounds);
if (!isEngineName(engine))
  throw new TypeError(`--engine must be one of ${ENGINE_NAMES.join(', ')}, got ${engine}`);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new TypeError(`--rounds must be a whole number from 1, got ${values.rounds}`);

const { published, acknowledged, lost, redelivered, unreported, wipes } = await runKillCampaign({
  engine,
  rounds,
  onProgress: (line) => console.log(line),
});
console.log(
  `${engine}, ${rounds} kills: ${published} published, ${lost.length} of them lost; ` +
    `${acknowledged} acknowledged, ${redelivered.length} of them delivered again; ` +
    `${unreported.length} stored without a resolved publish; ${wipes.length} times the engine deleted all data`,
);
process.exitCode = lost.length + redelivered.length === 0 ? 0 : 1;
