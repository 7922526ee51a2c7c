import type { ObserverEvent } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import fc from 'fast-check';
import type { TestedBackend } from '../backends.ts';
import { advanceCommand, claimCommand, settleCommand } from './claim-commands.ts';
import { drain } from './drain.ts';
import { inspectionCommands } from './inspection-commands.ts';
import { start } from './model.ts';
import { publishCommands } from './publish-commands.ts';
import type { Backend, Reached, Real, Step } from './reached.ts';

const often = [claimCommand, settleCommand, advanceCommand];
const commands = [
  ...publishCommands,
  ...publishCommands,
  ...often,
  ...often,
  ...inspectionCommands,
];

/** Repeats one failure: what an earlier failure has printed. */
interface Replay {
  readonly seed: number;
  readonly path: string;
  readonly replayPath: string;
}

const env: Readonly<Record<string, string | undefined>> = import.meta.env;
const replay = env['VITE_MODEL_REPLAY'] ? (JSON.parse(env['VITE_MODEL_REPLAY']) as Replay) : {};
/** Multiplies the number of runs, to search for longer, each time from another seed. */
const factor = Number(env['VITE_MODEL_RUNS'] ?? 1);
/** Each ordinary run of the tests tries the same commands, so that a failure comes from the change that it tests. */
const seed = env['VITE_MODEL_RUNS'] ? Date.now() : 20_261_129;

export interface Bounds {
  readonly numRuns: number;
  /** Contexts over one storage. Over IndexedDB only one promises an order: another one claims from its cache. */
  readonly contexts: number;
  /** Whether the contexts share no turns of the oldest events. */
  readonly hasOwnTurns?: boolean;
}

/** Runs random commands, and compares each answer with the model. A failure is shrunk and says how to repeat it. */
export async function checkAgainstModel(
  name: string,
  tested: TestedBackend,
  { numRuns, ...bounds }: Bounds,
): Promise<void> {
  const steps = fc.commands(commands, { ...replay, size: 'max', maxCommands: 40 });
  const property = fc.asyncProperty(steps, (all) => run(tested, bounds, all));
  const terms = { seed, ...replay, numRuns: Math.ceil(numRuns * factor) };
  const details = await fc.check(property, terms);
  if (!details.failed) return;
  const { counterexample, counterexamplePath: path, errorInstance: cause } = details;
  const found = { seed: details.seed, path };
  const shrunk = String(counterexample?.[0]);
  const replayPath = /replayPath="([^"]*)"/.exec(shrunk)?.[1];
  const how = `VITE_MODEL_REPLAY='${JSON.stringify({ ...found, replayPath })}' npx vitest run test/model -t '${name}'`;
  throw new Error(`${String(cause)}\nafter ${shrunk}\nrepeat it with ${how}`, { cause });
}

async function run(
  { features, open }: TestedBackend,
  { contexts, hasOwnTurns = false }: Omit<Bounds, 'numRuns'>,
  steps: Iterable<Step>,
): Promise<void> {
  const runtime = new ManualRuntime();
  const openNext = open(runtime);
  const opened = Array.from({ length: contexts }, openNext) as Backend[];
  const reports: ObserverEvent[] = [];
  // Contexts that share a memory share its reports.
  const seen = new Set<ObserverEvent>();
  const follow = (event: ObserverEvent) => {
    if (!seen.has(event)) reports.push(event);
    seen.add(event);
  };
  for (const context of opened) context.observe(follow);
  const isStored = features.includes('durability');
  const real: Real = {
    ...{
      contexts: opened,
      runtime,
      features,
      isStored,
      handed: [],
      reports,
      ids: [],
      grouped: new Set(),
    },
    ...{ lastN: 0, hasCancelled: false, hasOwnTurns: hasOwnTurns && contexts > 1 },
  };
  const reached: Reached = { model: start(runtime.now()) };
  try {
    await fc.asyncModelRun(() => ({ model: reached, real }), steps);
    await drain(reached, real);
  } finally {
    await Promise.all(opened.map((backend) => backend.shutdown()));
  }
}
