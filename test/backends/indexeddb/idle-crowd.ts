import { EventChannel } from 'ackline';
import type { ManualRuntime } from 'ackline/testing';
import { onTestFinished, vi } from 'vitest';
import { nextTask } from '../../support/next-task.ts';
import { type FullBackend, openDatabase } from './open-indexeddb.ts';
import { countScans } from './open-scanned.ts';

const STEP_MS = 10;
/** Enough for a look, and for a turn that is passed on. */
const TASKS = 8;

/** What comes by tasks has come: messages, locks and storage are the platform's. */
export async function settleTasks(): Promise<void> {
  for (let task = 0; task < TASKS; task += 1) {
    await nextTask();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Time goes on bit by bit, with all that comes of it. */
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
  /** Whether it has the turn to scan. */
  leads: boolean;
  /** It stands still without being told: its timers do not fire. */
  isStill: boolean;
}

export interface Crowd {
  readonly database: string;
  readonly runtime: ManualRuntime;
  readonly members: readonly CrowdMember[];
  /** When each event was handled, after `markNow`. */
  readonly handledAfterMs: number[];
  markNow(): void;
  /** Of all contexts; may be set back. */
  readonly looks: ReturnType<typeof countScans>;
  /** A context that publishes, and whose hints reach nobody. */
  readonly unheard: FullBackend;
}

/** Contexts that listen on `a`, have looked, found nothing, and sleep; a poll interval is 1,000 ms. */
export async function openCrowd(size: number, listeners = 1): Promise<Crowd> {
  const { database, open, runtime } = openDatabase();
  const looks = countScans();
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
  // From its first call on it would be heard.
  await unheard.stats('a');
  vi.stubGlobal('BroadcastChannel', RealChannel);
  await live(runtime, 2_500);
  const markNow = () => {
    markedAt = runtime.now();
  };
  return { database, runtime, members, handledAfterMs, markNow, looks, unheard };
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
