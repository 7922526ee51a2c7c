import type { ChannelSettings, Listener } from 'ackline';
import { EventChannel } from 'ackline';
import {
  allFeatures,
  type IndexedDbBackend,
  type IndexedDbBackendOptions,
  indexedDbBackend,
} from 'ackline/indexeddb';
import { openWire } from './wire.ts';

/** Commands to a context and its reports, over one BroadcastChannel for all contexts. */
export type ContextMessage =
  | { readonly type: 'listen' | 'stop'; readonly context: string; readonly mode: 'ack' | 'hang' }
  /** A command to a page to navigate away, its report from there, and the command to return. */
  | { readonly type: 'leave' | 'away' | 'come back'; readonly context: string }
  | { readonly type: 'returned'; readonly context: string; readonly isKept: boolean }
  /** A command to a hanging context to acknowledge its events and report. */
  | { readonly type: 'settle'; readonly context: string }
  | {
      readonly type: 'settled';
      readonly context: string;
      readonly answer: string;
      readonly isAborted: boolean;
      readonly wasSuspended: boolean;
    }
  | { readonly type: 'listening' | 'stopped'; readonly context: string }
  | {
      readonly type: 'handled';
      readonly context: string;
      readonly payload: unknown;
      readonly eventId: string;
      readonly attempts: number;
    };

const QUICK: ChannelSettings = { leaseMs: 1_500, pollIntervalMs: 200 };

/** The same code in a tab, a dedicated, a shared and a service worker: waits for a command, then consumes. */
export function startConsumer(
  context: string,
  settings: ChannelSettings = QUICK,
  options: Partial<IndexedDbBackendOptions> = {},
): { readonly events: EventChannel; readonly backend: IndexedDbBackend } {
  const backend = indexedDbBackend({ features: allFeatures, database: 'contexts', ...options });
  const events = new EventChannel({ backend, ...settings });
  let listener: Listener | undefined;
  let wasSuspended = false;
  backend.watchStatus(({ state }) => {
    wasSuspended ||= state === 'suspended';
  });
  let settle: (() => Promise<void>) | undefined;
  const send = openWire(async (data) => {
    if (data.context !== context) return;
    if (data.type === 'stop') {
      await listener?.stop();
      send({ type: 'stopped', context });
    }
    if (data.type === 'settle') await settle?.();
    if (data.type !== 'listen') return;
    listener = events.listen('work', async (delivery) => {
      const { payload, eventId, attempts, signal } = delivery;
      send({ type: 'handled', context, payload, eventId, attempts });
      if (data.mode !== 'hang') return;
      await new Promise<void>((end) => {
        settle = async () => {
          const answer = await delivery.ack();
          send({ type: 'settled', context, answer, isAborted: signal.aborted, wasSuspended });
          end();
        };
      });
    });
    send({ type: 'listening', context });
  });
  send({ type: 'stopped', context });
  return { events, backend };
}
