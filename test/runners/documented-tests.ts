import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';

/** The tests in docs/testing.md under the heading of a runner. */
export function documentedTests(runner: 'Vitest' | 'Jest'): string {
  const text = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const [, section = ''] = text.split(`### ${runner}\n`);
  const [, code] = /```(?:ts|js)\n(.*?)```/s.exec(section) ?? [];
  if (code === undefined) throw new Error(`docs/testing.md shows no tests for ${runner}`);
  return code;
}
