import { execFileSync } from 'node:child_process';
import { delimiter } from 'node:path';

export interface UsersNode {
  readonly path: string;
  /** As `node --version` prints it. */
  readonly version: string;
}

/**
 * The Node of the tests, the one that started npm, and those whose paths the environment variable `ACKLINE_NODES`
 * lists, separated as in `PATH`; each version once. Throws where a path of the variable starts no Node.
 */
export function usersNodes(): readonly UsersNode[] {
  const { npm_node_execpath: ofNpm = process.execPath, ACKLINE_NODES: asked = '' } = process.env;
  const paths = [process.execPath, ofNpm, ...asked.split(delimiter).filter((path) => path !== '')];
  const byVersion = new Map<string, UsersNode>();
  for (const path of paths) {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
    if (!byVersion.has(version)) byVersion.set(version, { path, version });
  }
  return [...byVersion.values()];
}
