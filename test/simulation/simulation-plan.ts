import type { Random } from './random.ts';
import { SOUND_WIRE, type WireFaults } from './simulated-wires.ts';
import type { StorageFault } from './storage-faults.ts';

/** What a seed decides before the simulation begins. */
export interface SimulationPlan {
  readonly contextCount: number;
  /** Of each context. */
  readonly publishCount: number;
  readonly channels: readonly string[];
  readonly leaseMs: number;
  readonly maxHoldMs: number;
  readonly pollIntervalMs: number;
  readonly leaseMode: 'exclusive' | 'available';
  readonly hasLocks: boolean;
  /** Of each kind, by which share of calls. */
  readonly storage: Readonly<Partial<Record<StorageFault, number>>>;
  readonly wire: WireFaults;
  /** What happens to contexts, in any order, one thing at a time. */
  readonly events: readonly ContextEvent[];
  readonly eventCount: number;
  /** Whether contexts put dead letters back and delete them. More events die then. */
  readonly movesLetters: boolean;
  /** The groups of each channel that contexts create and delete, over stores that have groups. */
  readonly groups: readonly string[];
  /** How long the results of some events are kept. 0: of no event. Contexts then ask for results. */
  readonly retentionMs: number;
  /** Whether a codec encodes what is stored. Sometimes it does not decode. A store with a codec keeps no results. */
  readonly hasCodec: boolean;
  /** The partitions among which the contexts are distributed, and which they purge, over IndexedDB. Empty: without partitions. */
  readonly partitions: readonly string[];
  /** Whether the contexts work on when all faults have ended, and must be done with everything in time. */
  readonly isHealed: boolean;
}

/**
 * What can happen to a context. `clear-data` happens to all: the data of the site is deleted, and contexts that begin later
 * have other Web Locks than those from before, as in Chromium.
 */
export type ContextEvent =
  | 'crash'
  | 'freeze'
  | 'jump'
  | 'stall'
  | 'throttle'
  | 'close'
  | 'shutdown'
  | 'clear-data';

const CONTEXT_EVENTS: readonly ContextEvent[] = [
  ...(['crash', 'freeze', 'jump', 'stall', 'throttle', 'close', 'shutdown'] as const),
];

const STORAGE_FAULTS: readonly StorageFault[] = [
  ...(['quota', 'unknown', 'answer-lost', 'invalid-state'] as const),
  ...(['close', 'hang', 'crash-before', 'crash-after'] as const),
];

/** What can happen to backends of one realm. */
const REALM_EVENTS: readonly ContextEvent[] = ['shutdown', 'throttle'];

/** The plan without what cannot happen in one realm. */
export function planOfRealm(plan: SimulationPlan): SimulationPlan {
  const events = plan.events.filter((event) => REALM_EVENTS.includes(event));
  return { ...plan, events, storage: {}, hasLocks: false, partitions: [] };
}

export function planFor(random: Random): SimulationPlan {
  const leaseMs = random.pick([200, 500, 2_000]);
  const plan: SimulationPlan = {
    contextCount: random.whole(3, 5),
    publishCount: random.whole(2, 6),
    channels: random.chance(0.7) ? ['a'] : ['a', 'b'],
    leaseMs,
    maxHoldMs: leaseMs * random.pick([1, 3]),
    pollIntervalMs: random.pick([50, 300, 1_000]),
    leaseMode: random.chance(0.75) ? 'exclusive' : 'available',
    hasLocks: random.chance(0.8),
    storage: Object.fromEntries(
      STORAGE_FAULTS.filter(() => random.chance(0.3)).map((fault) => [fault, random.next() * 0.05]),
    ),
    wire: random.chance(0.5) ? SOUND_WIRE : { lost: 0.3, doubled: 0.2, late: 0.4, latestMs: 800 },
    events: CONTEXT_EVENTS.filter(() => random.chance(0.5)),
    eventCount: random.whole(0, 8),
    ...{ movesLetters: false, groups: [], retentionMs: 0, hasCodec: false, partitions: [] },
    isHealed: false,
  };
  const isCleared = random.chance(0.2);
  const drawn: SimulationPlan = {
    ...plan,
    events: isCleared ? [...plan.events, 'clear-data'] : plan.events,
    movesLetters: random.chance(0.5),
    groups: random.pick([[], [], ['g'], ['g', 'h']]),
    retentionMs: random.pick([0, 0, 300, 60_000]),
    hasCodec: random.chance(0.2),
    isHealed: random.chance(0.5),
  };
  // The data of the site is more than that of a partition.
  return isCleared || random.chance(0.85) ? drawn : { ...drawn, partitions: ['p', 'q'] };
}
