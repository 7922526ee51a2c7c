/** One small change of one place of a source file. */
export interface Mutant {
  /** Relative to the repository. */
  readonly file: string;
  /** Offsets into the text of the file. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The kind of the change, e.g. `comparison`. */
  readonly kind: string;
}

export function mutate(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** How a reader finds the mutant again: what is replaced, and by what, each on one line. */
export function describeChange(text: string, mutant: Mutant): string {
  const { start, end, replacement } = mutant;
  return `${oneLine(text.slice(start, end))} → ${oneLine(replacement) || '(removed)'}`;
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const LONGEST = 100;

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
