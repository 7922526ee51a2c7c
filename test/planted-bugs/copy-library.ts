import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import type { PlantedBug } from './planted-bug.ts';

/** The folder of the copies lies in `test`, so that the entries of `test` are copied one by one. */
const PARTS = [
  ...['src', 'bench', 'demo', 'docs', 'package.json', 'tsconfig.json', 'vite.config.ts'],
  ...readdirSync(join(root, 'test'))
    .filter((entry) => entry !== '.tmp')
    .map((entry) => join('test', entry)),
];

/** Copies the library with its tests into a folder of its own, and returns the folder. */
export function copyLibrary(name: string): string {
  const folder = join(root, 'test/.tmp/planted', name.replaceAll(/\W+/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Replaces the text in a copy. */
export function plant({ name, file, from, to }: PlantedBug, folder: string): void {
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  if (countIn(source, from) !== 1) throw new Error(`${name}: not found once in ${file}: ${from}`);
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
}

export function countIn(source: string, text: string): number {
  return source.split(text).length - 1;
}
