import type { Page } from 'playwright';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

/** Profiles the page's main thread while `work` runs. */
export async function profilePage(page: Page, work: () => Promise<unknown>): Promise<CpuProfile> {
  const session = await page.context().newCDPSession(page);
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: 200 });
  await session.send('Profiler.start');
  await work();
  const { profile } = await session.send('Profiler.stop');
  await session.detach();
  return profile;
}

/** Milliseconds that each function took by itself, the slowest first. */
export function selfTimes({
  nodes,
  samples = [],
  timeDeltas = [],
}: CpuProfile): [string, number][] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const totals = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    totals.set(name, (totals.get(name) ?? 0) + (timeDeltas[index] ?? 0) / 1_000);
  }
  return [...totals].sort((left, right) => right[1] - left[1]);
}

function nameOf({ functionName, lineNumber }: ProfileNode['callFrame']): string {
  return lineNumber < 0 ? functionName : `${functionName || '(anonymous)'}:${lineNumber + 1}`;
}
