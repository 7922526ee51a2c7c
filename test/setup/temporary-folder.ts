import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const swept = new Set<string>();

/** A new folder of this process. The first call deletes those of its kind whose processes have ended without doing so. */
export function makeTemporaryFolder(kind: string): string {
  const prefix = `ackline-${kind}-`;
  if (!swept.has(kind)) sweep(prefix);
  swept.add(kind);
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

function sweep(prefix: string): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = (name.startsWith(prefix) && /^(\d+)-/.exec(name.slice(prefix.length))) || [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // Another process deletes it at the same time, or a file system is mounted there.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
