import { posix } from 'node:path';
import { type Graph, reduced } from './graph.ts';
import type { Room } from './room.ts';
import { filesOf, roomOf, roomsOf } from './room-of.ts';
import { type Picture, ROOMS } from './rooms.ts';
import type { SourceFile } from './source-tree.ts';

/** Which room imports which others directly. */
export function roomGraph(files: readonly SourceFile[], rooms: readonly Room[]): Graph {
  const graph = new Map<string, Set<string>>(rooms.map(({ path }) => [path, new Set()]));
  const known = new Set(files.map(({ path }) => path));
  for (const { path, imports } of files) {
    const from = roomOf(path, rooms).path;
    for (const imported of imports.filter((name) => known.has(name))) {
      const to = roomOf(imported, rooms).path;
      if (to !== from) graph.get(from)?.add(to);
    }
  }
  return graph;
}

function label(room: Room, { folder }: Picture): string {
  const { path, title } = room;
  return title ?? (path === folder ? posix.basename(path) : posix.relative(folder, path));
}

/** The rooms of a picture and the imports between them, without those that follow from others. */
export function picture(drawn: Picture, files: readonly SourceFile[]): string {
  const rooms = roomsOf(drawn);
  const labels = new Map(rooms.map((room) => [room.path, label(room, drawn)]));
  const node = (path: string) => labels.get(path)?.replaceAll(/[^a-z]+/g, '_');
  const nodes = [...labels].map(([path, text]) => `  ${node(path)}["${text}"]`);
  const edges = [...reduced(roomGraph(filesOf(drawn, files), rooms))].flatMap(([from, to]) =>
    [...to].toSorted().map((end) => `  ${node(from)} --> ${node(end)}`),
  );
  return ['```mermaid', 'flowchart TB', ...nodes, ...edges, '```'].join('\n');
}

/** Each room, what it is for, and its files. */
export function roomTable(files: readonly SourceFile[]): string {
  const rows = ROOMS.map((room) => {
    const inside = files.filter(({ path }) => roomOf(path) === room);
    const names = inside.map(({ path }) => posix.basename(path, '.ts')).join(', ');
    return `| \`${room.path}\` | ${room.purpose} | ${names} |`;
  });
  return ['| room | what it is for | files |', '|---|---|---|', ...rows].join('\n');
}
