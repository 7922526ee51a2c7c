import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporary } from '../../package/paths.ts';

/** The path of a database file that does not exist yet. Its folder is deleted when the process ends. */
export function temporaryFile(): string {
  const folder = join(temporary, 'sqlite', String(process.pid));
  mkdirSync(folder, { recursive: true });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, `${randomUUID()}.db`);
}

/** Opens further handles of one new file, as further processes would. */
export function openHandles(): () => DatabaseSync {
  const file = temporaryFile();
  return () => new DatabaseSync(file);
}
