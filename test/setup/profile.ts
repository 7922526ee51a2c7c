import { rmSync } from 'node:fs';
import { makeTemporaryFolder } from './temporary-folder.ts';

export function makeProfile(): string {
  return makeTemporaryFolder('profile');
}

/** Processes of a browser that has ended may write for a moment longer. */
export function removeProfile(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
}
