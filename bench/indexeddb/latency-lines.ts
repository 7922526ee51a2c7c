import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { type BenchPayload, makeBodies, payloadOf } from '../payloads.ts';
import { FloorQueue } from './floor-queue.ts';
import type { LatencySubject } from './page-bench.ts';

/** A connection from one tab to another. Each tab opens its own end. */
export interface LatencyLine {
  publish(sequence: number): Promise<void>;
  /** Calls `handle` with the sequence of each event that another tab, or this one, published. */
  receive(handle: (sequence: number) => void): void;
}

const CHANNEL = 'bench';
const bodies = makeBodies();

/** The cost of the message alone, without storing or claiming. */
function openBareHop(name: string): LatencyLine {
  const hop = new BroadcastChannel(name);
  return {
    publish: async (sequence) => hop.postMessage(payloadOf(sequence, bodies)),
    receive(handle) {
      hop.onmessage = ({ data }: MessageEvent<BenchPayload>) => handle(data.sequence);
    },
  };
}

/** The steps written by hand: store, send a hint, scan, claim. */
async function openByHand(name: string): Promise<LatencyLine> {
  const queue = await FloorQueue.open({ database: name, durability: 'relaxed' });
  const hints = new BroadcastChannel(name);
  return {
    async publish(sequence) {
      await queue.publish([payloadOf(sequence, bodies)]);
      hints.postMessage(null);
    },
    receive(handle) {
      queue.consume(1, (payload) => handle(payload.sequence));
      hints.onmessage = () => queue.wake();
    },
  };
}

function openAckline(name: string): LatencyLine {
  const backend = indexedDbBackend({ database: name, durability: 'relaxed' });
  const channel = new EventChannel<{ [CHANNEL]: BenchPayload }>({ backend });
  return {
    async publish(sequence) {
      await channel.publish(CHANNEL, payloadOf(sequence, bodies));
    },
    receive(handle) {
      channel.listen(CHANNEL, ({ payload }) => handle(payload.sequence));
    },
  };
}

export async function openLine(subject: LatencySubject): Promise<LatencyLine> {
  const name = `latency-${subject}`;
  if (subject === 'bare hop') return openBareHop(name);
  return subject === 'by hand' ? openByHand(name) : openAckline(name);
}
