import { execFileSync } from 'node:child_process';
import { root } from '../package/paths.ts';

/** The commit of the working tree, short. `ACKLINE_COMMIT` names it where the tree is a copy without its history. */
export function describeCommit(): string {
  const named = process.env['ACKLINE_COMMIT'];
  if (named) return named;
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
}
