import type { Observer } from 'ackline';
import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';

export interface CartChange {
  readonly title: string;
}

export interface FanOutSchema {
  'cart.changed': CartChange;
  /** Asks a tab for its name. */
  'tab.introduce': null;
}

export interface Introduction {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
}

export interface FanOutReplies {
  'tab.introduce': Introduction;
}

export type FanOutEvents = EventChannel<FanOutSchema, FanOutReplies>;

/** Every tab that opens the same name gets its own copy of each event. */
export function openFanOut(observer: Observer): FanOutEvents {
  return new EventChannel<FanOutSchema, FanOutReplies>({
    backend: broadcastBackend({ name: 'ackline-demo' }),
    observer,
  });
}
