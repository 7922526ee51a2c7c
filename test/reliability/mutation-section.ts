import { type MutationResult, NEIGHBOURS, type Survivor } from '../mutation/mutation-result.ts';
import { formatCount, formatPercent, tableOf } from './figures.ts';
import { describeScore, scoreOf } from './goals.ts';

/** The score, what caught the mutants, and each survivor with the reason why no check catches it. */
export function mutationSection(mutation: MutationResult): string {
  const { seed, population, commit, date, notCompiled, killedBy } = mutation;
  const { total, caught, now } = scoreOf(mutation);
  const checks = Object.entries({ ...killedBy, [NEIGHBOURS]: caught - mutation.killed });
  return [
    `A mutant is a copy of the library with one small change: a condition negated, an operator exchanged, a constant 0 or 1 exchanged, a statement, an \`await\` or an element of an array removed, or a function that returns at once. \`src/core\`, \`src/queue\` and \`src/backends/indexeddb\` have ${formatCount(population)} of them. Of a sample with seed ${seed}, ${total} compile, and ${notCompiled} do not, which count for nothing. For each mutant the tests of its file run, then the conformance suite, 30 seeds of the simulation, and the healthy simulation, until one fails. For its survivors the other tests of their folder run, too, and the suite over every backend.`,
    `Score: **${describeScore(mutation)}**, at commit ${commit} on ${date}. Tests that were written for the survivors since catch ${formatCount(now - caught)} more: ${formatPercent(now / total)} of this sample. The latter is no estimate for other mutants, because the sample chose the tests.`,
    tableOf(
      ['check', 'mutants caught'],
      checks.toSorted(([, a], [, b]) => b - a).map(([name, count]) => [name, formatCount(count)]),
    ),
    ...survivorTable(mutation.survivors),
  ].join('\n\n');
}

function survivorTable(survivors: readonly Survivor[]): readonly string[] {
  if (survivors.length === 0) return [];
  const rows = survivors.map(({ file, source, change, verdict = '', why = '' }) => [
    `\`${file}\``,
    code(source),
    code(change),
    verdict,
    why,
  ]);
  return [
    'The mutants that no check catches:',
    tableOf(['file', 'line', 'change', 'kind', 'why no check catches it'], rows),
  ];
}

/** Backquotes would end the code early. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
