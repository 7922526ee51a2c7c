/** A fenced block of a document, marked `ts` (it must compile) or `ts run` (it must also run). */
export interface Example {
  readonly document: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly runs: boolean;
  readonly code: string;
}

const FENCE = /^(\s*)```(.*)$/;

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
      const runs = marks.includes('run');
      const code = `${open.lines.join('\n')}\n`;
      if (language === 'ts') examples.push({ document, line: open.line, runs, code });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${document}:${open.line}: this fence is never closed`);
  return examples;
}
