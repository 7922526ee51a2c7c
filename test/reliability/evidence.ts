import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CampaignResult, RESULTS_FOLDER } from '../campaigns/campaign-result.ts';
import { MUTATIONS_FOLDER, type MutationResult } from '../mutation/mutation-result.ts';
import { root } from '../package/paths.ts';
import { PLANTED_BUGS } from '../planted-bugs/planted-bugs.ts';
import { DOCUMENT, rowsOf } from '../planted-bugs/table.ts';
import type { SimulationCampaign } from '../simulation/simulation-tally.ts';

/** How many planted bugs the checks caught, by the table of docs/planted-bugs.md. */
export interface PlantedBugCount {
  readonly planted: number;
  readonly caught: number;
  /** The names of the others. */
  readonly missed: readonly string[];
}

/** Everything that docs/reliability.md is made from. */
export interface Evidence {
  readonly simulations: readonly SimulationCampaign[];
  readonly campaigns: readonly CampaignResult[];
  readonly plantedBugs: PlantedBugCount;
  readonly mutations: readonly MutationResult[];
}

/** Where the results of `npm run simulate -- --out FILE` are kept, one file for each run. */
export const SIMULATIONS_FOLDER = 'test/simulation/results';

export function readEvidence(): Evidence {
  return {
    simulations: readResults<SimulationCampaign>(SIMULATIONS_FOLDER),
    campaigns: readResults<CampaignResult>(RESULTS_FOLDER),
    plantedBugs: countPlantedBugs(readFileSync(DOCUMENT, 'utf8')),
    mutations: readResults<MutationResult>(MUTATIONS_FOLDER),
  };
}

function readResults<T>(folder: string): readonly T[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  const files = readdirSync(path).filter((name) => name.endsWith('.json'));
  return files.toSorted().map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')) as T);
}

/** A planted bug is caught where its row names a sign. */
export function countPlantedBugs(text: string): PlantedBugCount {
  const rows = rowsOf(text);
  const isCaught = (name: string) => !/\|\s*\|$/.test(rows.get(name) ?? '||');
  const names = PLANTED_BUGS.map(({ name }) => name);
  const missed = names.filter((name) => !isCaught(name));
  return { planted: names.length, caught: names.length - missed.length, missed };
}
