import type { MemberWireFaults } from './member-wires.ts';
import type { Random } from './random.ts';

/** What a seed decides before a simulation of broadcast begins. */
export interface BroadcastPlan {
  readonly contextCount: number;
  /** Of each context. */
  readonly publishCount: number;
  readonly channels: readonly string[];
  readonly leaseMs: number;
  readonly maxHoldMs: number;
  readonly pollIntervalMs: number;
  /** Whether members are found by Web Locks, or by heartbeats. */
  readonly hasLocks: boolean;
  readonly history: number;
  readonly repairEvents: number;
  readonly maxBacklogEvents: number;
  /** Whether members leave and join again. */
  readonly hasLeavers: boolean;
  readonly wire: MemberWireFaults;
  /** What happens to contexts, in any order, one thing at a time. */
  readonly events: readonly MemberEvent[];
  readonly eventCount: number;
}

/**
 * - `freeze`: the page gets its `freeze` event, then nothing of it runs, and later it gets its `resume` event.
 * - `pause`: nothing of the context runs, without an event. Messages to it wait.
 * - `jump`: the clock of the machine jumps. `skew`: the clock of one context does, by less than a second.
 */
export type MemberEvent = 'crash' | 'freeze' | 'pause' | 'jump' | 'skew' | 'throttle' | 'shutdown';

const MEMBER_EVENTS: readonly MemberEvent[] = [
  ...(['crash', 'freeze', 'pause', 'jump', 'skew', 'throttle', 'shutdown'] as const),
];

/** As a BroadcastChannel is: nothing is lost, and the messages of one sender come in their order. */
export const SOUND_MEMBER_WIRE: MemberWireFaults = {
  ...{ lost: 0, doubled: 0, late: 0, latestMs: 0, undecodable: 0, crashAtPost: 0 },
  isOrdered: true,
};

export function broadcastPlanFor(random: Random): BroadcastPlan {
  const leaseMs = random.pick([200, 500, 2_000]);
  const wire = wireFor(random);
  return {
    contextCount: random.whole(3, 8),
    publishCount: random.whole(2, 8),
    channels: random.chance(0.7) ? ['a'] : ['a', 'b'],
    leaseMs,
    maxHoldMs: leaseMs * random.pick([1, 3]),
    pollIntervalMs: random.pick([50, 300, 1_000]),
    hasLocks: random.chance(0.5),
    history: random.pick([0, 0, 0, 3]),
    repairEvents: random.pick([1_000, 1_000, 3, 0]),
    maxBacklogEvents: random.pick([100_000, 100_000, 3]),
    hasLeavers: random.chance(0.5),
    wire,
    events: eventsFor(random, wire),
    eventCount: random.whole(0, 12),
  };
}

function eventsFor(random: Random, { lost, undecodable }: MemberWireFaults): MemberEvent[] {
  const events = MEMBER_EVENTS.filter(() => random.chance(0.5));
  const hasGaps = events.includes('freeze') || lost + undecodable > 0;
  // Contexts of one machine have one clock, by which a member that resumes says since when it is a member.
  return hasGaps ? events.filter((event) => event !== 'skew' && event !== 'jump') : events;
}

function wireFor(random: Random): MemberWireFaults {
  const crashAtPost = random.chance(0.2) ? 0.01 : 0;
  const chance = random.next();
  if (chance < 0.3) return { ...SOUND_MEMBER_WIRE, crashAtPost };
  if (chance < 0.5) return { ...SOUND_MEMBER_WIRE, late: 0.5, latestMs: 300, crashAtPost };
  return {
    lost: random.pick([0, 0.05, 0.3]),
    doubled: random.pick([0, 0.2]),
    late: random.pick([0, 0.4]),
    latestMs: 800,
    undecodable: random.pick([0, 0, 0.05]),
    crashAtPost,
    isOrdered: random.chance(0.5),
  };
}

/** Timers that were set before the healing may be late by this. */
export const MOST_THROTTLE_MS = 5_000;
/** A gap: a context that does not answer is asked for a second, then all are, and an answer may be three seconds late. */
const REPAIR_MS = 6_000;
/** Each further gap of a stream: an answer that was lost may still come. */
const FURTHER_GAP_MS = 3_000;
/** An event that waits for its next attempt. */
const RETRY_MS = 500;

/**
 * In this time after the healing each event is delivered or reported as missed: the longest hold of a lease, two polls, the
 * wait before a retry, the repair of all gaps of a stream, one after the other, and a timer that was throttled when it was set.
 */
export function broadcastHealingMs(plan: BroadcastPlan): number {
  const { maxHoldMs, pollIntervalMs, events } = plan;
  const throttleMs = events.includes('throttle') ? MOST_THROTTLE_MS : 0;
  return maxHoldMs + 2 * pollIntervalMs + RETRY_MS + repairMsFor(plan) + throttleMs;
}

/** Behind each gap, except the last, is a message that came. */
function repairMsFor({ publishCount, wire }: BroadcastPlan): number {
  const mostGaps = wire.lost + wire.undecodable > 0 ? Math.ceil(publishCount / 2) : 1;
  return REPAIR_MS + (mostGaps - 1) * FURTHER_GAP_MS;
}

/** Each with one thing less. */
export function smallerBroadcastPlans(plan: BroadcastPlan): BroadcastPlan[] {
  const { contextCount, publishCount, channels, events, eventCount, wire } = plan;
  const faults = (['lost', 'doubled', 'late', 'undecodable', 'crashAtPost'] as const).filter(
    (kind) => wire[kind] > 0,
  );
  return [
    ...(channels.length > 1 ? [{ ...plan, channels: channels.slice(1) }] : []),
    ...(contextCount > 1 ? [{ ...plan, contextCount: contextCount - 1 }] : []),
    ...(eventCount > 0 ? [{ ...plan, eventCount: eventCount - 1 }] : []),
    ...(publishCount > 1 ? [{ ...plan, publishCount: publishCount - 1 }] : []),
    ...events.map((event) => ({ ...plan, events: events.filter((one) => one !== event) })),
    ...faults.map((kind) => ({ ...plan, wire: { ...wire, [kind]: 0 } })),
    ...(plan.hasLeavers ? [{ ...plan, hasLeavers: false }] : []),
    ...(plan.history > 0 ? [{ ...plan, history: 0 }] : []),
    ...(plan.repairEvents < 1_000 ? [{ ...plan, repairEvents: 1_000 }] : []),
    ...(plan.maxBacklogEvents < 100_000 ? [{ ...plan, maxBacklogEvents: 100_000 }] : []),
  ];
}
