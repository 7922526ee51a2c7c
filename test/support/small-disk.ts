import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { makeTemporaryFolder } from '../setup/temporary-folder.ts';

/** A file system of few bytes. */
export interface SmallDisk {
  readonly folder: string;
  /** Makes room, without an end of what uses it. */
  grow(size: string): void;
  remove(): void;
}

/** `size` as `mount` has it, such as `12m`. Undefined where this process may not mount a file system. */
export function mountSmallDisk(size: string): SmallDisk | undefined {
  const folder = makeTemporaryFolder('disk');
  const mount = (options: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0;
  if (!mount(`size=${size}`)) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    grow: (larger) => {
      if (!mount(`remount,size=${larger}`)) throw new Error(`no disk of ${larger}`);
    },
    remove: () => {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
