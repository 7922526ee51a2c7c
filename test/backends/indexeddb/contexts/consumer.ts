import type { ChannelSettings, Listener } from 'ackline';
import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';

/** What a context is told to do, and what it tells of it: over one BroadcastChannel for all of them. */
export type ContextMessage =
  | { readonly type: 'listen' | 'stop'; readonly context: string; readonly mode: 'ack' | 'hang' }
  | { readonly type: 'listening' | 'stopped' | 'returned'; readonly context: string }
  | {
      readonly type: 'handled';
      readonly context: string;
      readonly payload: unknown;
      readonly eventId: string;
      readonly attempts: number;
    };

const QUICK: ChannelSettings = { leaseMs: 1_500, pollIntervalMs: 200 };

/** The same code in a tab, a dedicated, a shared and a service worker: waits to be told, then consumes. */
export function startConsumer(context: string, settings: ChannelSettings = QUICK): EventChannel {
  const backend = indexedDbBackend({ database: 'contexts' });
  const events = new EventChannel({ backend, ...settings });
  const wire = new BroadcastChannel('contexts');
  const say = (message: ContextMessage) => wire.postMessage(message);
  let listener: Listener | undefined;
  wire.addEventListener('message', async ({ data }: MessageEvent<ContextMessage>) => {
    if (data.context !== context) return;
    if (data.type === 'stop') {
      await listener?.stop();
      say({ type: 'stopped', context });
    }
    if (data.type !== 'listen') return;
    listener = events.listen('work', async ({ payload, eventId, attempts }) => {
      say({ type: 'handled', context, payload, eventId, attempts });
      if (data.mode === 'hang') await new Promise(() => undefined);
    });
    say({ type: 'listening', context });
  });
  say({ type: 'stopped', context });
  return events;
}
