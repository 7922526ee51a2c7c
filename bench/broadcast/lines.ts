import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { BroadcastChannel as PubkeyChannel } from 'broadcast-channel';
import type { BenchPayload } from '../payloads.ts';

export type FanOutSubject =
  | 'bare'
  | 'ackline'
  | 'broadcast-channel, native'
  | 'broadcast-channel, idb';

/** A connection from one tab to others. Each tab opens its own end. */
export interface FanOutLine {
  /** Resolves when all events were sent. */
  publish(payloads: readonly BenchPayload[]): Promise<unknown>;
  /** Calls `handle` with each payload that another tab published. */
  receive(handle: (payload: BenchPayload) => unknown): void;
  /** Resolves when this number of tabs receive. */
  untilReceivers(count: number): Promise<void>;
  close(): Promise<void>;
}

const CHANNEL = 'bench';

/** One message for each payload, without checks of the order, repetitions or answers. */
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

/** The library as applications use it: single publishes and a listener. */
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

/** The package of this name, over a BroadcastChannel, or over a database that receivers poll every 150 ms. */
function openPubkey(name: string, type: 'native' | 'idb'): FanOutLine {
  const channel = new PubkeyChannel<BenchPayload>(name, { type });
  return {
    publish: (payloads) => Promise.all(payloads.map((payload) => channel.postMessage(payload))),
    receive(handle) {
      channel.onmessage = handle;
    },
    untilReceivers: async () => undefined,
    close: () => channel.close(),
  };
}

const OPENERS: Readonly<Record<FanOutSubject, (name: string) => FanOutLine>> = {
  bare: (name) => openBare(`bare-${name}`),
  ackline: openAckline,
  'broadcast-channel, native': (name) => openPubkey(`pubkey-${name}`, 'native'),
  'broadcast-channel, idb': (name) => openPubkey(`pubkey-${name}`, 'idb'),
};

export function openLine(subject: FanOutSubject, name: string): FanOutLine {
  return OPENERS[subject](name);
}
