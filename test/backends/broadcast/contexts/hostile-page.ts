import { ManualRuntime } from 'ackline/testing';
import { hostileMessage } from '../receiving/hostile-messages.ts';

declare global {
  interface Window {
    /** How many were posted so far, and how many no platform would post. */
    hostile: { posted: number; refused: number };
    /** Posts so many messages; resolves when they are sent. */
    attack(terms: { readonly count: number; readonly seed: number }): Promise<void>;
  }
}

/** So many messages at once. Then the script waits for a real event, so that the flood lasts for the whole test. */
const SLICE = 200;
const MOST_HEARD = 2_000;

/** A script of the same origin that hears everything and says anything. */
const wire = new BroadcastChannel('ackline-broadcast:members');
const heard: unknown[] = [];
let onHeard: () => void = () => undefined;
wire.onmessage = ({ data }) => {
  onHeard();
  if (heard.length < MOST_HEARD) heard.push(data);
};
window.hostile = { posted: 0, refused: 0 };
window.attack = async ({ count, seed }) => {
  const chance = new ManualRuntime({ seed });
  for (let made = 0; made < count; made += 1) {
    try {
      wire.postMessage(hostileMessage(() => chance.random(), { messages: heard }));
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
