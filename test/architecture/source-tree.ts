import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript-5.9';
import { root } from '../package/paths.ts';
import { entrySources } from '../setup/entry-sources.mjs';

/** Paths are relative to the repository, with `/`. */
export type SourceFile = {
  readonly path: string;
  readonly text: string;
  /** The files of the repository that it imports or re-exports, types included. */
  readonly imports: readonly string[];
};

/** The paths of the files under `folder` that end in `ending`, in order. Temporary files of the tests are left out. */
export function filesUnder(folder: string, ending: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === '.tmp' ? [] : filesUnder(path, ending);
    return path.endsWith(ending) ? [path] : [];
  });
  return paths.toSorted();
}

/** The files of the repository that a file imports. Other packages are left out. */
export function importedPaths(path: string, text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
    if (fileName.startsWith('.')) return [posix.join(posix.dirname(path), fileName)];
    return entrySources.get(fileName) ?? [];
  });
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, imports: importedPaths(path, text) };
}

export function readSources(folder: string): readonly SourceFile[] {
  return filesUnder(folder, '.ts').map(readSource);
}
