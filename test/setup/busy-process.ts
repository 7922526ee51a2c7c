import { readdirSync, readFileSync } from 'node:fs';

interface ProcessTimes {
  readonly name: string;
  readonly groupId: number;
  readonly busyTicks: number;
}

/** The process of a group, among those of one name, that uses the most processor time during `work`. */
export async function findBusiest(
  groupId: number,
  name: string,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = timesByPid(groupId, name);
  await work();
  let busiest = { pid: 0, grown: 0 };
  for (const [pid, ticks] of timesByPid(groupId, name)) {
    const grown = ticks - (before.get(pid) ?? ticks);
    if (grown > busiest.grown) busiest = { pid, grown };
  }
  if (busiest.pid === 0) throw new Error(`no ${name} of the group ${groupId} was busy`);
  return busiest.pid;
}

function timesByPid(groupId: number, name: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const times = timesOf(entry);
    if (times?.groupId === groupId && times.name === name)
      found.set(Number(entry), times.busyTicks);
  }
  return found;
}

/** See proc(5): the name is in brackets, and may contain brackets itself. */
function timesOf(entry: string): ProcessTimes | null {
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    const [opening, closing] = [stat.indexOf('('), stat.lastIndexOf(')')];
    const fields = stat.slice(closing + 2).split(' ');
    const [, , groupId, , , , , , , , , user, system] = fields.map(Number);
    if (groupId === undefined || user === undefined || system === undefined) return null;
    return { name: stat.slice(opening + 1, closing), groupId, busyTicks: user + system };
  } catch {
    // No such process, or it has ended meanwhile.
    return null;
  }
}
