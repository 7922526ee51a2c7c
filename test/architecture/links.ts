import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from '../package/paths.ts';
import { filesUnder, type SourceFile } from './source-tree.ts';
import { commentsOf } from './syntax.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Code blocks have no links. */
function withoutCode(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
}

/** The targets of `[text](target)` that lead to a file of the repository. */
export function localLinks(text: string): readonly string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** As GitHub makes them of headings. */
export function anchors(text: string): readonly string[] {
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) => heading,
  );
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Local links of a document that lead to no file, or to no heading of it. */
export function deadLinks(path: string): readonly string[] {
  return localLinks(read(path)).filter((link) => {
    const [target = '', anchor] = link.split('#');
    const file = target === '' ? path : posix.join(posix.dirname(path), target);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchors(read(file)).includes(anchor);
  });
}

/** Names in backquotes that look like files of the source: `core/listening/retry.ts`, `hint-*.test.ts`. */
export function namedFiles(text: string): readonly string[] {
  const quoted = [...withoutCode(text).matchAll(/`([^`\s]+\.(?:ts|mjs|md|svg))`/g)];
  return quoted.map(([, name = '']) => name);
}

/** Files that a document names, and that are neither in a folder of the repository nor in the document itself. */
export function missingFiles(path: string, known: readonly string[]): readonly string[] {
  const text = read(path);
  const own = [...text.matchAll(/^```.* file=(\S+)/gm)].map(([, name = '']) => name);
  const isKnown = (name: string) => {
    const end = name.replaceAll(/[.]/g, '\\.').replaceAll('*', '[^/]*');
    const pattern = new RegExp(`(^|/)${end}$`);
    return [...known, ...own].some((file) => pattern.test(file));
  };
  return namedFiles(text).filter((name) => !isKnown(name));
}

/** Every file that a document may name. */
export function nameableFiles(): readonly string[] {
  const folders = ['src', 'test', 'bench', 'demo', 'docs'];
  const inside = folders.flatMap((folder) => filesUnder(folder, ''));
  return [...inside, 'README.md', 'CHANGELOG.md', 'vite.config.ts'];
}

/** Documents that the comments of a file name, such as docs/errors.md or docs/decisions/0030, and that do not exist. */
export function missingDocuments(file: SourceFile, known: readonly string[]): readonly string[] {
  // Most files name none, and parsing takes a while.
  if (!file.text.includes('docs/')) return [];
  const named = commentsOf(file).flatMap((comment) => comment.match(/docs\/[\w/-]+(\.md)?/g) ?? []);
  return named.filter((name) => !known.some((path) => path.startsWith(name)));
}

/** The titles of tests that the tables of a document quote in italics, cut where it leaves something out (…). */
export function quotedTitles(text: string): readonly string[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  const quoted = rows.flatMap((row) => [
    ...row.replaceAll(/`[^`]*`/g, '').matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g),
  ]);
  const parts = quoted.flatMap(([, title = '']) => title.split('…'));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
