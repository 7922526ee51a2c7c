// Full cycles over SQLite beside plainjobs and liteque. These, and the client that all use here, are no dependencies, because
// better-sqlite3 is compiled for minutes, and for one version of Node. Install them in a folder, and pass it:
//   npm install --legacy-peer-deps better-sqlite3@12.11.1 plainjobs@0.0.4 liteque@0.8.0
//   node bench/sqlite/run.ts --peers <folder> --node <the node of that installation> --rounds 5
import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { spawnWithUs } from '../../test/setup/spawn-with-us.ts';
import { bundleForNode } from '../bundle.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    backlog: { type: 'string', default: '1000000' },
    processes: { type: 'string', default: '1,4' },
    only: { type: 'string', default: '' },
  },
});
const { peers = '', node, backlog } = values;
const ALL = ['ackline, one by one', 'ackline, 100 at once', 'plainjobs', 'liteque'] as const;
type Subject = (typeof ALL)[number];
/** Those whose names begin with the option `only`. */
const SUBJECTS = ALL.filter((subject) => subject.startsWith(values.only));

const EVENTS = 40_000;
/** A subject that is slower is measured by what it did until then. */
const MOST_MS = 20_000;

const [cycles, filler] = await Promise.all([
  bundleForNode('bench/sqlite/sqlite-process.ts', 'sqlite-process'),
  bundleForNode('bench/sqlite/fill-process.ts', 'sqlite-fill-process'),
]);

/** Runs the processes, and returns the handled events per second. */
async function measure(subject: Subject, file: string, processes: number): Promise<number> {
  const each = EVENTS / processes;
  const children: ChildProcess[] = [];
  for (let number = 0; number < processes; number += 1) {
    const args = [cycles, subject, file, String(each), peers];
    const child = spawnWithUs(node, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    // One after the other, because each makes the tables unless they are there.
    await new Promise((resolve) => child.stdout?.once('data', resolve));
  }
  const startedAt = performance.now();
  const handled = await handledBy(children);
  const elapsedMs = performance.now() - startedAt;
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(
    children.map((child) => new Promise((resolve) => child.once('close', resolve))),
  );
  return (handled / elapsedMs) * 1_000;
}

/** Starts the processes. Resolves when they have handled all events together, or after the longest time. */
function handledBy(children: readonly ChildProcess[]): Promise<number> {
  return new Promise((resolve) => {
    let handled = 0;
    const timer = setTimeout(() => resolve(handled), MOST_MS);
    for (const child of children) {
      child.stdout?.on('data', (bytes: Buffer) => {
        handled += bytes.length;
        if (handled < EVENTS) return;
        clearTimeout(timer);
        resolve(handled);
      });
      child.stdin?.write('go');
    }
  });
}

async function inFolder(use: (file: string) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'ackline-sqlite-'));
  try {
    return await use(join(folder, 'queue.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The median, the least and the greatest of the rounds. The subjects take turns. */
async function table(
  title: string,
  rounds: number,
  run: (subject: Subject) => Promise<number>,
): Promise<void> {
  const figures = new Map<Subject, number[]>(SUBJECTS.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const subject of SUBJECTS) figures.get(subject)?.push(await run(subject));
  console.log(`\n| ${title} | events/s, median | least–greatest |\n|---|--:|--:|`);
  for (const [subject, all] of figures) {
    const sorted = all.toSorted((a, b) => a - b).map((one) => Math.round(one).toLocaleString('en'));
    console.log(
      `| ${subject} | ${sorted[Math.floor(sorted.length / 2)]} | ${sorted[0]}–${sorted.at(-1)} |`,
    );
  }
}

const rounds = Number(values.rounds);
if (rounds > 0)
  for (const processes of values.processes.split(',').map(Number))
    await table(`${processes} process${processes > 1 ? 'es' : ''}`, rounds, (subject) =>
      inFolder((file) => measure(subject, file, processes)),
    );
if (Number(backlog) > 0)
  await table(`1 process, a backlog of ${Number(backlog).toLocaleString('en')}`, 1, (subject) =>
    inFolder(async (file) => {
      await promisify(execFile)(node, [filler, subject, file, backlog, peers]);
      return measure(subject, file, 1);
    }),
  );
