import { EventChannel, type ObserverEvent } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend } from 'ackline/broadcast';
import { ManualRuntime, recordingObserver } from 'ackline/testing';
import { onTestFinished, vi } from 'vitest';
import { SimulatedBus } from '../../support/simulated-bus.ts';

/** One context of a simulated world. */
export type SimulatedContext = ReturnType<SimulatedWorld['open']>;

/** Contexts without Web Locks whose wire and clock the test controls, and which it can freeze. */
export class SimulatedWorld {
  readonly runtime = new ManualRuntime();
  readonly bus = new SimulatedBus();

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

  /** What a call that waits for others comes to, with time passing. */
  async settled<T>(waiting: Promise<T>, ms = 200): Promise<T> {
    waiting.catch(() => undefined);
    await this.runtime.advance(ms);
    return waiting;
  }

  /** Publishes each payload by itself, one after the other. */
  async publish({ events }: SimulatedContext, ...payloads: readonly unknown[]): Promise<void> {
    for (const payload of payloads) await events.publish('news', payload);
    await this.runtime.settle();
  }
}

/** Loses the messages of one kind that carry one of these payloads, once each. */
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
