import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import type { BenchPayload } from '../payloads.ts';

export type LineSubject = 'bare' | 'ackline';

/** One way of sending something to the other tabs. */
export interface Line {
  /** Everything that is given at once goes out in this turn; resolves when it is sent. */
  send(payloads: readonly BenchPayload[]): Promise<unknown>;
  /** Must be called before others send. */
  receive(handle: (payload: BenchPayload) => void): void;
  close(): Promise<void>;
}

/** What anybody would write first: a message for each payload, and nothing is known of what became of it. */
function bareLine(name: string): Line {
  const wire = new BroadcastChannel(name);
  return {
    async send(payloads) {
      for (const payload of payloads) wire.postMessage(payload);
    },
    receive(handle) {
      wire.onmessage = ({ data }: MessageEvent<BenchPayload>) => handle(data);
    },
    close: async () => wire.close(),
  };
}

function acklineLine(name: string): Line {
  const events = new EventChannel<{ line: BenchPayload }>({
    backend: broadcastBackend({ name, self: false }),
  });
  return {
    send: (payloads) => Promise.all(payloads.map((payload) => events.publish('line', payload))),
    receive(handle) {
      events.listen('line', ({ payload }) => handle(payload), { concurrency: 100 });
    },
    close: () => events.shutdown(),
  };
}

export function openLine(subject: LineSubject, name: string): Line {
  return subject === 'bare' ? bareLine(name) : acklineLine(name);
}
