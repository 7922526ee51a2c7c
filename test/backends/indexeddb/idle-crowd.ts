import { EventChannel } from 'ackline';
import type { ManualRuntime } from 'ackline/testing';
import { onTestFinished, vi } from 'vitest';
import { nextTask } from '../../support/next-task.ts';
import { type FullBackend, openDatabase } from './open-indexeddb.ts';
import { countScans } from './open-scanned.ts';

const STEP_MS = 10;
/** Enough for a scan and for the release of the scan lock. */
const TASKS = 8;

/** Waits until messages, locks and storage of the platform have been processed. */
export async function settleTasks(): Promise<void> {
  for (let task = 0; task < TASKS; task += 1) {
    await nextTask();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Advances the time in small steps, and processes the effects of each step. */
export async function live(runtime: ManualRuntime, ms: number): Promise<void> {
  await settleTasks();
  for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
    await runtime.advance(Math.min(STEP_MS, leftMs));
    await settleTasks();
  }
}

export interface CrowdMember {
  readonly backend: FullBackend;
  readonly events: EventChannel;
  /** Whether the context holds the scan lock. */
  leads: boolean;
  /** Stops the context without a notice: its timers do not fire. */
  isStill: boolean;
}

export interface Crowd {
  readonly database: string;
  readonly runtime: ManualRuntime;
  readonly members: readonly CrowdMember[];
  /** When each event was handled, after `markNow`. */
  readonly handledAfterMs: number[];
  markNow(): void;
  /** Counts the scans of all contexts. A test may reset it. */
  readonly scans: ReturnType<typeof countScans>;
  /** A context that publishes, and whose hints reach no other context. */
  readonly unheard: FullBackend;
}

/** Contexts that listen on `a` and sleep after a scan that found nothing. The poll interval is 1,000 ms. */
export async function openCrowd(size: number, listeners = 1): Promise<Crowd> {
  const { database, open, runtime } = openDatabase();
  const scans = countScans();
  const handledAfterMs: number[] = [];
  let markedAt = 0;
  const members = Array.from({ length: size }, () => openMember(runtime, open));
  for (const { events } of members)
    for (let listener = 0; listener < listeners; listener += 1)
      events.listen('a', () => void handledAfterMs.push(runtime.now() - markedAt));
  const RealChannel = globalThis.BroadcastChannel;
  onTestFinished(() => void vi.unstubAllGlobals());
  vi.stubGlobal('BroadcastChannel', undefined);
  const unheard = open();
  // Other contexts would receive its hints from its first call on.
  await unheard.stats('a');
  vi.stubGlobal('BroadcastChannel', RealChannel);
  await live(runtime, 2_500);
  const markNow = () => {
    markedAt = runtime.now();
  };
  return { database, runtime, members, handledAfterMs, markNow, scans, unheard };
}

function openMember(
  runtime: ManualRuntime,
  open: ReturnType<typeof openDatabase>['open'],
): CrowdMember {
  const { locks } = navigator;
  const request = (name: string, options: LockOptions, granted: LockGrantedCallback<unknown>) =>
    locks.request(name, options, async (lock) => {
      if (name.endsWith(':scan')) member.leads = true;
      await granted(lock);
      if (name.endsWith(':scan')) member.leads = false;
    });
  const backend = open({
    locks: { request: request as LockManager['request'] },
    runtime: {
      now: () => runtime.now(),
      after: (ms, run) => runtime.after(ms, () => member.isStill || run()),
      randomId: () => runtime.randomId(),
      random: () => runtime.random(),
    },
  });
  const events = new EventChannel({ backend });
  onTestFinished(() => events.shutdown());
  const member: CrowdMember = { backend, events, leads: false, isStill: false };
  return member;
}
