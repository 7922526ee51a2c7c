import { execFile } from 'node:child_process';
import { deferred } from './deferred.ts';

/** What a Node process printed, and its exit code, once it has ended by itself; it is killed where it does not. */
export interface EndedProcess {
  readonly printed: string;
  readonly code: number;
}

/** Runs an ES module as if it stood in the folder `cwd`, in a process of the Node at the path `node`. */
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
