import { ManualRuntime } from 'ackline/testing';
import { hostileMessage } from '../receiving/hostile-messages.ts';

declare global {
  interface Window {
    /** How many messages were posted so far, and how many could not be cloned. */
    hostile: { posted: number; refused: number };
    /** Posts `count` messages. Resolves when they are sent. */
    attack(terms: { readonly count: number; readonly seed: number }): Promise<void>;
  }
}

/** The number of messages at once. Then the script waits for a real event, so that the flood lasts for the whole test. */
const SLICE = 200;
const MOST_RECEIVED = 2_000;

/** A script of the same origin that receives all messages and posts hostile ones. */
const wire = new BroadcastChannel('ackline-broadcast:members');
const received: unknown[] = [];
let onHeard: () => void = () => undefined;
wire.onmessage = ({ data }) => {
  onHeard();
  if (received.length < MOST_RECEIVED) received.push(data);
};
window.hostile = { posted: 0, refused: 0 };
window.attack = async ({ count, seed }) => {
  const chance = new ManualRuntime({ seed });
  for (let made = 0; made < count; made += 1) {
    try {
      wire.postMessage(hostileMessage(() => chance.random(), { messages: received }));
      window.hostile.posted += 1;
    } catch {
      window.hostile.refused += 1;
    }
    if (made % SLICE === 0) await untilHeard();
  }
};

function untilHeard(): Promise<void> {
  return new Promise((resolve) => {
    onHeard = resolve;
  });
}
