import { ManualRuntime, type Requirement } from 'ackline/testing';
import fc from 'fast-check';
import type { TestedBackend } from '../backends.ts';
import { nextTask } from '../support/next-task.ts';
import { claimCommand } from './claim-commands.ts';
import { decorated } from './decorated.ts';
import { drain } from './drain.ts';
import { inspectionCommands } from './inspection-commands.ts';
import { listenCommand } from './listen-commands.ts';
import { partitionCommands } from './partition-commands.ts';
import {
  type Backend,
  CHANNELS,
  type Context,
  type Drawn,
  partitionOf,
  placeOf,
  type Step,
  type World,
} from './place.ts';
import { publishCommands } from './publish-commands.ts';
import { advanceCommand, settleCommand } from './settle-commands.ts';

/** The commands that the backend can be given, the frequent ones several times. */
function commandsFor(features: readonly Requirement[]): fc.Arbitrary<Step>[] {
  const often = [claimCommand, settleCommand, advanceCommand];
  const all = [
    ...publishCommands,
    ...publishCommands,
    ...often,
    ...often,
    listenCommand,
    listenCommand,
    ...partitionCommands,
    ...inspectionCommands,
  ];
  const isAble = ({ requires }: Drawn) => requires.every((one) => features.includes(one));
  return all.filter(isAble).map(({ steps }) => steps);
}

/** What a backend with a codec does not keep. */
const NOT_ENCODED: readonly Requirement[] = ['retentionMs', 'reply', 'after'];

/** Repeats one failure: what an earlier failure has printed. */
interface Replay {
  readonly seed: number;
  readonly path: string;
  readonly replayPath: string;
}

/** Of Vite, or of Node in campaign.ts. */
const env: Readonly<Record<string, string | undefined>> = import.meta.env ?? process.env;
const replay = env['VITE_MODEL_REPLAY'] ? (JSON.parse(env['VITE_MODEL_REPLAY']) as Replay) : {};
/** Multiplies the number of runs, to search for longer, each time from another seed. */
const factor = Number(env['VITE_MODEL_RUNS'] ?? 1);
const ordinarySeed = env['VITE_MODEL_RUNS'] ? Date.now() : 20_261_129;

/** A failure is reported as far as it is shrunk by then. */
const LIMIT_MS = 500_000;

export interface Bounds {
  readonly numRuns: number;
  /** Default: the same each time, so that a failure comes from the change that is tested. */
  readonly seed?: number;
  /** Contexts over one storage. Over IndexedDB only one promises an order: another one claims from its cache. */
  readonly contexts: number;
  /** Whether the contexts share no turns of the oldest events. */
  readonly hasOwnTurns?: boolean;
  /** Whether the contexts have schemas and a codec. */
  readonly isDecorated?: boolean;
}

export function titleOf(name: string, { contexts, isDecorated }: Bounds): string {
  return `${name}, contexts: ${contexts}${isDecorated ? ', with schemas and a codec' : ''}`;
}

/** Runs random commands, and compares each answer with the model. A failure is shrunk and says how to repeat it. */
export async function checkAgainstModel(
  name: string,
  tested: TestedBackend,
  { numRuns, seed = ordinarySeed, ...bounds }: Bounds,
): Promise<void> {
  const features = bounds.isDecorated
    ? tested.features.filter((one) => !NOT_ENCODED.includes(one))
    : tested.features;
  const steps = fc.commands(commandsFor(features), { ...replay, size: 'max', maxCommands: 40 });
  const property = fc.asyncProperty(steps, (all) => run(tested, features, bounds, all));
  const terms = {
    seed,
    ...replay,
    numRuns: Math.ceil(numRuns * factor),
    interruptAfterTimeLimit: LIMIT_MS,
  };
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
  tested: TestedBackend,
  features: readonly Requirement[],
  { contexts, hasOwnTurns = false, isDecorated = false }: Omit<Bounds, 'numRuns' | 'seed'>,
  steps: Iterable<Step>,
): Promise<void> {
  const runtime = new ManualRuntime();
  await tested.prepare?.();
  const openNext = tested.open(runtime);
  const opened: Context[] = [];
  const isFanOut = features.includes('publishConfirmed');
  const count = isFanOut ? 1 : contexts;
  const world: World = {
    ...{ runtime, features, isDecorated, lastN: 0, places: new Map() },
    isStored: features.includes('durability'),
    hasOwnTurns: hasOwnTurns && contexts > 1,
    partitions: openNext.partitions,
    open(place) {
      const of = Array.from({ length: count }, () => {
        const isPlain = place === 0 || !openNext.partitions;
        const raw = isPlain ? openNext() : openNext.partitions.open(partitionOf(place));
        const same = raw as Backend;
        return isDecorated ? decorated(raw) : { raw: same, coded: same, full: same };
      });
      opened.push(...of);
      return of;
    },
  };
  try {
    if (isFanOut) await openMembers(world, contexts);
    await fc.asyncModelRun(() => ({ model: {}, real: world }), steps);
    for (const place of world.places.values()) await drain(place);
  } finally {
    await Promise.all(opened.map(({ full }) => full.shutdown()));
  }
}

/** The members of both channels, before anything is published. */
async function openMembers(world: World, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    for (const channel of CHANNELS) placeOf(world, index).backend(0).join(channel);
  for (let rounds = 0; rounds < 10; rounds += 1) await nextTask();
  await world.runtime.advance(1);
}
