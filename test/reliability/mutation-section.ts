import { isOlder, type MutationResult, type Survivor } from '../mutation/mutation-result.ts';
import { formatCount, formatPercent, sumOf, tableOf } from './figures.ts';
import { describeScore, newestOf, scoreOf } from './goals.ts';

/** The score of the newest sample and of each, what caught the mutants, and each survivor with the reason why no check catches it. */
export function mutationSection(mutations: readonly MutationResult[]): string {
  const { total, caught, now } = scoreOf(mutations);
  const populations = [...new Set(mutations.map(({ population }) => formatCount(population)))];
  const notCompiled = sumOf(mutations, (sample) => sample.notCompiled);
  return [
    `A mutant is a copy of the library with one small change: a condition negated, an operator exchanged, a constant 0 or 1 exchanged, a statement, an \`await\` or an element of an array removed, or a function that returns at once. \`src/core\`, \`src/queue\` and \`src/backends/indexeddb\` have ${populations.join(' to ')} of them. Of the samples, ${total} compile, and ${formatCount(notCompiled)} do not, which count for nothing. For each mutant the tests of its file run, then the conformance suite, 30 seeds of the simulation, and the healthy simulation, until one fails. Only where all of these pass, the slower ones run: the other tests of its folder, those of the folders that use it, the model, a failure of each call of IndexedDB, and the suite over every backend. Tests in a browser do not run for it.`,
    `Score of the newest sample: **${describeScore(newestOf(mutations))}**. The earlier samples are of earlier code. Tests that were written for survivors since catch ${formatCount(now - caught)} more of all: ${formatPercent(now / total)}. The latter is no estimate for other mutants, because the samples chose the tests.`,
    mutations.map(lineOf).join('\n'),
    checkTable(mutations),
    ...survivorTable(mutations.flatMap(({ survivors }) => survivors)),
  ].join('\n\n');
}

function lineOf(sample: MutationResult): string {
  const { seed, commit, date } = sample;
  const { now, total } = scoreOf([sample]);
  return `- seed ${seed}: ${describeScore([sample])}, at ${commit} on ${date}; ${now} of ${total} now`;
}

function checkTable(mutations: readonly MutationResult[]): string {
  const counts = new Map<string, number>();
  const add = (name: string, count: number) => counts.set(name, (counts.get(name) ?? 0) + count);
  for (const { killedBy } of mutations)
    for (const [name, count] of Object.entries(killedBy)) add(name, count);
  for (const { by } of mutations.flatMap(({ caughtLater }) => caughtLater))
    if (isOlder(by)) add(by, 1);
  return tableOf(
    ['check', 'mutants caught'],
    [...counts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => [name, formatCount(count)]),
  );
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
