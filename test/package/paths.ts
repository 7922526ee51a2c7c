import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Ignored by git, and by every tool. */
export const temporary: string = join(root, 'test/.tmp');

export type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

export function readManifest(): { readonly exports: Exports } {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** Runs a script of an installed tool with the Node of this process. Returns whether it succeeded. */
export function runTool(script: string, args: readonly string[]): boolean {
  const tool = join(root, 'node_modules', script);
  return spawnSync(process.execPath, [tool, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}
