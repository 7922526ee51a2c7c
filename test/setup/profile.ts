import { rmSync } from 'node:fs';
import { makeTemporaryFolder } from './temporary-folder.ts';

export function makeProfile(): string {
  return makeTemporaryFolder('profile');
}

export function removeProfile(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
