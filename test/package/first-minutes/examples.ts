import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractExamples } from '../../examples/extract.ts';
import { root } from '../paths.ts';

export interface ReadmeExample {
  readonly file: string;
  readonly code: string;
  /** What it prints. */
  readonly prints: readonly RegExp[];
  /** Whether it needs a page: it sends to a server by a path. */
  readonly needsPage: boolean;
  readonly needsIndexedDb: boolean;
}

/** The examples of the README in order, each known by a line of it. */
const KNOWN = [
  { line: 'events.drain()', prints: [/order 1 over 25, attempt 1/] },
  { line: 'createOutbox({', prints: [] },
  { line: 'publishConfirmed(', prints: [/back to the start page/, /acknowledged/] },
  { line: 'new ManualRuntime()', prints: [/ready: 0/] },
];

/** The examples, unedited. Throws if the README has others than those that are known here. */
export function readmeExamples(): readonly ReadmeExample[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const examples = extractExamples('README.md', text);
  const files = examples.map(({ code }, place) => {
    const known = KNOWN[place];
    if (!known || !code.includes(known.line))
      throw new Error(`example ${place + 1} of the README is not known in examples.ts`);
    const needsPage = code.includes("url: '/");
    const needsIndexedDb = code.includes('ackline/indexeddb');
    return { file: `readme-${place + 1}.ts`, code, ...known, needsPage, needsIndexedDb };
  });
  if (files.length !== KNOWN.length) throw new Error('the README lacks an example of examples.ts');
  return files;
}

/** The blocks of docs/frameworks.md that are marked with a file name, of any language. */
export function frameworkFiles(): Readonly<Record<string, string>> {
  const text = readFileSync(join(root, 'docs/frameworks.md'), 'utf8');
  const blocks = text.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms);
  return Object.fromEntries([...blocks].map(([, name = '', code = '']) => [name, code]));
}

/** The module of docs/frameworks.md with the channel. */
export function eventsModule(): string {
  return fileOf('events.ts');
}

/** A file of docs/frameworks.md. Throws if it is not there. */
export function fileOf(name: string): string {
  const code = frameworkFiles()[name];
  if (code === undefined) throw new Error(`docs/frameworks.md has no block file=${name}`);
  return code;
}
