import type { CpuProfile } from './indexeddb/cpu-profile.ts';
import { escaped, INK } from './svg.ts';

const WIDTH = 960;
const ROW_HEIGHT = 19;
const TOP = 34;
/** Narrower boxes are left out, with everything below them. */
const LEAST_WIDTH = 5;
/** Deeper calls are mostly the loading of modules. */
const MOST_DEPTH = 13;
const CHARACTER_WIDTH = 6.4;
const PLATFORM = '#94a3b8';
const OWN = ['#f59e0b', '#f97316', '#ef4444', '#eab308'];
/** The name of the profile's node for idle time. */
const REST = '(idle)';

interface Frame {
  readonly name: string;
  /** A function of the platform, without a script line. */
  readonly isPlatform: boolean;
  /** Including everything that it called. */
  totalMs: number;
  readonly callees: Map<string, Frame>;
}

/**
 * A flame graph from top to bottom. The width of a box is its time. Callees are below their caller, the widest first. Idle
 * time is left out. Functions of the platform are grey.
 */
export function renderFlame(title: string, profile: CpuProfile): string {
  const root = rootOf(profile);
  const boxes = boxesOf(root, 0, 0, WIDTH / root.totalMs);
  const height = TOP + ROW_HEIGHT * (1 + Math.max(...boxes.map(({ depth }) => depth))) + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<text x="2" y="20" font-size="15" font-weight="600" fill="${INK}">${escaped(title)}</text>`,
    ...boxes.map(drawBox),
    '</svg>',
    '',
  ].join('\n');
}

function newFrame(name: string, isPlatform: boolean): Frame {
  return { name, isPlatform, totalMs: 0, callees: new Map() };
}

function rootOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Frame {
  const selfMs = new Map<number, number>();
  for (const [index, id] of samples.entries())
    selfMs.set(id, (selfMs.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1_000);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const add = (id: number, caller: Frame): number => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === REST) return 0;
    const { functionName, lineNumber } = node.callFrame;
    const name = functionName || '(anonymous)';
    const frame = caller.callees.get(name) ?? newFrame(name, lineNumber < 0);
    caller.callees.set(name, frame);
    const calledMs = (node.children ?? []).reduce((sum, child) => sum + add(child, frame), 0);
    const ms = (selfMs.get(id) ?? 0) + calledMs;
    frame.totalMs += ms;
    return ms;
  };
  const root = newFrame('all', true);
  const callees = nodes[0]?.children ?? [];
  root.totalMs = callees.reduce((sum, child) => sum + add(child, root), 0);
  return root;
}

interface Box {
  readonly frame: Frame;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
  readonly share: number;
}

function boxesOf(root: Frame, depth: number, left: number, scale: number): Box[] {
  const boxes: Box[] = [];
  let next = left;
  for (const frame of [...root.callees.values()].sort((a, b) => b.totalMs - a.totalMs)) {
    const width = frame.totalMs * scale;
    if (width < LEAST_WIDTH || depth > MOST_DEPTH) break;
    const share = width / WIDTH;
    boxes.push(
      { frame, depth, left: next, width, share },
      ...boxesOf(frame, depth + 1, next, scale),
    );
    next += width;
  }
  return boxes;
}

function drawBox({ frame, depth, left, width, share }: Box): string {
  const top = TOP + depth * ROW_HEIGHT;
  const colour = frame.isPlatform ? PLATFORM : OWN[depth % OWN.length];
  const percent = `${(share * 100).toFixed(1)} %`;
  const label = frame.name.slice(0, Math.max(0, Math.floor((width - 6) / CHARACTER_WIDTH)));
  const place = `x="${left.toFixed(1)}" y="${top}" width="${(width - 0.5).toFixed(1)}" height="${ROW_HEIGHT - 1}"`;
  return [
    `<g><title>${escaped(frame.name)}, ${percent}</title><rect ${place} rx="1.5" fill="${colour}"/>`,
    label.length > 2
      ? `<text x="${(left + 3).toFixed(1)}" y="${top + 13}" fill="#111827">${escaped(label)}</text></g>`
      : '</g>',
  ].join('');
}
