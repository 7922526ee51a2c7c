import { execFile } from 'node:child_process';
import { deferred } from './deferred.ts';

/** What a Node process printed, and its exit code. A process that does not end by itself is killed. */
export interface EndedProcess {
  readonly printed: string;
  readonly code: number;
}

/** Runs an ES module with the Node at the path `node`. Its imports resolve from the folder `cwd`. */
export function runToItsEnd(program: string, node: string, cwd: string): Promise<EndedProcess> {
  const { promise, resolve, reject } = deferred<EndedProcess>();
  const args = ['--input-type=module', '-e', program];
  const child = execFile(node, args, { cwd, timeout: 20_000 }, (error, printed, complaints) => {
    if (child.signalCode !== null)
      reject(new Error(`did not end by itself: ${printed}${complaints}`, { cause: error }));
    else resolve({ printed, code: child.exitCode ?? -1 });
  });
  return promise;
}
