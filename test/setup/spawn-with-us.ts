import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Waits until its standard input ends, which also happens when the process that started it is killed. */
const AFTER_US = 'read -r _; kill -s KILL -- "-$1"; if [ -n "$2" ]; then rm -rf -- "$2"; fi';

/**
 * Starts a process in a process group of its own. The group is ended by SIGKILL, and `folder` deleted, as soon as this process has
 * ended, however that happens. Needs `sh`.
 */
export function spawnWithUs(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
  folder = '',
): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  if (child.pid !== undefined) guard(child, child.pid, folder);
  return child;
}

function guard(child: ChildProcess, pid: number, folder: string): void {
  const watching = spawn('sh', ['-c', AFTER_US, 'sh', String(pid), folder], {
    // Its own group, because a terminal sends its signals to that of this process.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watching.unref();
  (watching.stdin as Socket | null)?.unref();
  // Without `sh`.
  watching.once('error', () => undefined);
  child.once('exit', () => watching.kill('SIGKILL'));
}
