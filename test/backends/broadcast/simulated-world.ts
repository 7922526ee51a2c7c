import { EventChannel, type ObserverEvent } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend } from 'ackline/broadcast';
import { ManualRuntime, recordingObserver } from 'ackline/testing';
import { onTestFinished, vi } from 'vitest';
import { SimulatedBus } from '../../support/simulated-bus.ts';

/** One context of a simulated world. */
export type SimulatedContext = ReturnType<SimulatedWorld['open']>;

/** Contexts without Web Locks. The test controls their wire and clock, and can freeze them. */
export class SimulatedWorld {
  readonly runtime = new ManualRuntime();
  readonly bus: SimulatedBus;

  constructor(bus: SimulatedBus = new SimulatedBus()) {
    this.bus = bus;
  }

  open(owner: string, options: Partial<BroadcastBackendOptions> = {}) {
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    vi.stubGlobal('document', page);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { runtime } = this;
    const openWire = this.bus.openFor(owner);
    const given = { name: 'line', runtime, locks: null, openWire, ...options };
    const backend = broadcastBackend(given);
    vi.unstubAllGlobals();
    const observer = recordingObserver();
    const events = new EventChannel({ backend, observer });
    /** Payloads in the order in which they were handled. */
    const handled: unknown[] = [];
    return {
      backend,
      events,
      observer,
      handled,
      memberId: backend.memberId,
      listen: (channel = 'news') => events.listen(channel, ({ payload }) => handled.push(payload)),
      freeze: () => page.dispatchEvent(new Event('freeze')),
      resume: async () => {
        page.dispatchEvent(new Event('resume'));
        await runtime.settle();
      },
      missed: (): ObserverEvent[] => observer.of('events-missed'),
      ignored: () => observer.of('message-ignored').map(({ reason }) => reason),
    };
  }

  /** Lets `ms` pass, and resolves with the result of a call that waits for other contexts. */
  async settled<T>(waiting: Promise<T>, ms = 200): Promise<T> {
    waiting.catch(() => undefined);
    await this.runtime.advance(ms);
    return waiting;
  }

  /** Publishes each payload separately, one after the other. */
  async publish({ events }: SimulatedContext, ...payloads: readonly unknown[]): Promise<void> {
    for (const payload of payloads) await events.publish('news', payload);
    await this.runtime.settle();
  }
}

/** Loses the messages of one kind with one of these payloads, once for each payload and receiver. */
export function loseOnce(kind: string, ...payloads: readonly unknown[]) {
  const left = new Set<string>();
  return (message: unknown, _from: string, to: string): boolean => {
    const { kind: actual, events = [] } = message as {
      kind?: string;
      events?: { payload: unknown }[];
    };
    if (actual !== kind) return false;
    const hit = events.find(({ payload }) => payloads.includes(payload));
    const key = `${String(hit?.payload)} ${to}`;
    if (hit === undefined || left.has(key)) return false;
    left.add(key);
    return true;
  };
}
