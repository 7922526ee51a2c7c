import type { Room } from './room.ts';
import { PICTURES, type Picture, ROOMS } from './rooms.ts';

const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** The room of a file of `src`, of those in `rooms`. */
export function roomOf(path: string, rooms: readonly Room[] = ROOMS): Room {
  const around = rooms.filter((room) => isIn(path, room.path));
  const nearest = around.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (nearest === undefined) throw new Error(`${path} is in no room of test/architecture/rooms.ts`);
  return nearest;
}

/** The rooms of a picture. In the picture of the whole a backend is one room. */
export function roomsOf({ folder }: Picture): readonly Room[] {
  const inside = ROOMS.filter(({ path }) => isIn(path, folder));
  const parts = PICTURES.filter((other) => other.folder !== folder && isIn(other.folder, folder));
  return inside.filter(({ path }) => !parts.some((part) => path.startsWith(`${part.folder}/`)));
}

/** The files of a picture. */
export function filesOf<File extends { readonly path: string }>(
  { folder }: Picture,
  files: readonly File[],
): readonly File[] {
  return files.filter(({ path }) => isIn(path, folder));
}
