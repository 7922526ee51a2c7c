import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import type { BenchPayload } from '../payloads.ts';

export type FanOutSubject = 'bare' | 'ackline';

/** A way from one tab to others. Each tab opens its own end. */
export interface FanOutLine {
  /** Resolves when all were sent. */
  publish(payloads: readonly BenchPayload[]): Promise<unknown>;
  /** Calls `handle` with each payload that another tab published. */
  receive(handle: (payload: BenchPayload) => unknown): void;
  /** Resolves when so many receive. */
  untilReceivers(count: number): Promise<void>;
  close(): Promise<void>;
}

const CHANNEL = 'bench';

/** One message for each payload: no order is checked, nothing repeated, nothing answered. */
function openBare(name: string): FanOutLine {
  const wire = new BroadcastChannel(name);
  return {
    publish: async (payloads) => {
      for (const payload of payloads) wire.postMessage(payload);
    },
    receive(handle) {
      wire.onmessage = ({ data }: MessageEvent<BenchPayload>) => handle(data);
    },
    untilReceivers: async () => undefined,
    close: async () => wire.close(),
  };
}

/** The library as its user calls it: single publishes, a listener. */
function openAckline(name: string): FanOutLine {
  const backend = broadcastBackend({ name });
  const events = new EventChannel<{ [CHANNEL]: BenchPayload }>({ backend });
  return {
    publish: (payloads) => Promise.all(payloads.map((payload) => events.publish(CHANNEL, payload))),
    receive(handle) {
      events.listen(CHANNEL, ({ payload }) => handle(payload), { concurrency: 100 });
    },
    untilReceivers: async (count) => {
      while ((await events.members(CHANNEL)).length < count);
    },
    close: () => events.shutdown(),
  };
}

export function openLine(subject: FanOutSubject, name: string): FanOutLine {
  return subject === 'bare' ? openBare(`bare-${name}`) : openAckline(name);
}
