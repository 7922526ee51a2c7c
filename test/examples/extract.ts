/**
 * A fenced block of a document. A block marked `ts` must compile, and one marked `ts run` must also run. Other blocks of
 * the document can import a block marked `file=<name>` by that name.
 */
export interface Example {
  readonly document: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly runs: boolean;
  readonly file?: string;
  readonly code: string;
}

const FENCE = /^(\s*)```(.*)$/;
const FILE = 'file=';

export function extractExamples(document: string, text: string): readonly Example[] {
  const examples: Example[] = [];
  let open: { readonly line: number; readonly info: string; readonly lines: string[] } | null =
    null;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fence = FENCE.exec(line);
    if (open === null) {
      if (fence !== null) open = { line: index + 1, info: (fence[2] ?? '').trim(), lines: [] };
    } else if (fence === null) {
      open.lines.push(line);
    } else {
      const [language, ...marks] = open.info.split(/\s+/);
      const code = `${open.lines.join('\n')}\n`;
      const example = { document, line: open.line, runs: marks.includes('run'), code };
      const file = marks.find((mark) => mark.startsWith(FILE))?.slice(FILE.length);
      if (language === 'ts') examples.push(file === undefined ? example : { ...example, file });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${document}:${open.line}: this fence is never closed`);
  return examples;
}
