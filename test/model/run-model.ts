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
  /** Contexts over one storage. Over IndexedDB one: what another one claims from its cache is in no promised order. */
  readonly contexts: number;
}

/** Runs random commands, and compares each answer with the model. A failure is shrunk and says how to repeat it. */
export async function checkAgainstModel(
  name: string,
  tested: TestedBackend,
  { numRuns, contexts }: Bounds,
): Promise<void> {
  const steps = fc.commands(commands, { ...replay, size: 'max', maxCommands: 40 });
  const property = fc.asyncProperty(steps, (all) => run(tested, contexts, all));
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
  { features: given, open }: TestedBackend,
  contexts: number,
  steps: Iterable<Step>,
): Promise<void> {
  const runtime = new ManualRuntime();
  const openNext = open(runtime);
  const opened = Array.from({ length: contexts }, openNext) as Backend[];
  const reports: ObserverEvent[] = [];
  // Contexts that share a memory share its reports.
  opened[0]?.observe((event) => reports.push(event));
  const isStored = given.includes('durability');
  // In a group over IndexedDB, two delayed events that are copied in different steps may have the same place.
  const features = given.filter((one) => !isStored || one !== 'groups');
  const real: Real = {
    ...{ contexts: opened, runtime, features, isStored, handed: [], reports },
    ...{ lastN: 0, hasCancelled: false },
  };
  const reached: Reached = { model: start(runtime.now()) };
  try {
    await fc.asyncModelRun(() => ({ model: reached, real }), steps);
    await drain(reached, real);
  } finally {
    await Promise.all(opened.map((backend) => backend.shutdown()));
  }
}
