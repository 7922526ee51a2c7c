import { readdirSync, readFileSync } from 'node:fs';

interface ProcessTimes {
  readonly name: string;
  readonly groupId: number;
  readonly busyTicks: number;
}

/** Of a process group's processes of one name, the one that works hardest while `work` is going on. */
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

/** See proc(5): the name stands in brackets, and may itself have some. */
function timesOf(entry: string): ProcessTimes | null {
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    const [opening, closing] = [stat.indexOf('('), stat.lastIndexOf(')')];
    const fields = stat.slice(closing + 2).split(' ');
    const [, , groupId, , , , , , , , , user, system] = fields.map(Number);
    if (groupId === undefined || user === undefined || system === undefined) return null;
    return { name: stat.slice(opening + 1, closing), groupId, busyTicks: user + system };
  } catch {
    // No process, or one that has ended meanwhile.
    return null;
  }
}
