import { readSources, type SourceFile } from '../architecture/source-tree.ts';
import { Random } from '../simulation/random.ts';
import { findMutants } from './find-mutants.ts';
import { describeChange, type Mutant } from './mutant.ts';
import type { Survivor } from './mutation-result.ts';

/** A mutant with the text of its file. */
export interface Candidate {
  readonly mutant: Mutant;
  readonly text: string;
}

const FOLDERS = ['src/core', 'src/queue', 'src/backends/indexeddb'];

/** Every mutant of the folders that are measured. `room`: only of files whose path contains it. */
export function findCandidates(room: string): readonly Candidate[] {
  return FOLDERS.flatMap(readSources)
    .filter(({ path }) => path.includes(room))
    .flatMap(candidatesOf);
}

function candidatesOf({ path, text }: SourceFile): readonly Candidate[] {
  return findMutants(path, text).map((mutant) => ({ mutant, text }));
}

/** The candidates in an order that the seed decides, each as likely in each place. */
export function shuffled(candidates: readonly Candidate[], seed: number): readonly Candidate[] {
  const random = new Random(seed);
  const order = [...candidates];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = random.whole(0, at);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

/** The mutant by what a reader sees, which stays the same while other lines of the file change. */
export function asSurvivor(candidate: Candidate, all: readonly Candidate[]): Survivor {
  const named = nameOf(candidate);
  const same = all.filter((other) => isSame(nameOf(other), named));
  return { ...named, nth: same.indexOf(candidate) };
}

type Named = Omit<Survivor, 'nth'>;

function nameOf({ mutant, text }: Candidate): Named {
  const { file, kind, start } = mutant;
  const lineStart = text.lastIndexOf('\n', start) + 1;
  const [source = ''] = text.slice(lineStart).split('\n');
  return { file, kind, change: describeChange(text, mutant), source: source.trim() };
}

function isSame(a: Named, b: Named): boolean {
  return a.file === b.file && a.kind === b.kind && a.change === b.change && a.source === b.source;
}

/** The candidate that a survivor names, or undefined where the source has changed. */
export function findSurvivor(
  { nth, ...named }: Survivor,
  all: readonly Candidate[],
): Candidate | undefined {
  return all.filter((candidate) => isSame(nameOf(candidate), named))[nth];
}
