import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { withBlock } from '../support/marked-block.ts';
import { picture, roomTable } from './pictures.ts';
import { PICTURES } from './rooms.ts';
import type { SourceFile } from './source-tree.ts';
import { wordTable } from './words.ts';

export const DOCUMENT: string = join(root, 'docs/architecture.md');

/** The text of docs/architecture.md with every generated block drawn anew. */
export function drawnDocument(files: readonly SourceFile[]): string {
  const blocks: readonly (readonly [string, string])[] = [
    ...PICTURES.map((drawn) => [drawn.name, picture(drawn, files)] as const),
    ['room-files', roomTable(files)],
    ['words', wordTable()],
  ];
  return blocks.reduce(
    (text, [name, block]) => withBlock(text, name, block),
    readFileSync(DOCUMENT, 'utf8'),
  );
}
