import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { IdleCounter } from './idle-counter.ts';
import type { IdlePage } from './idle-page-bench.ts';

/** Runs in the browser. The bench calls `window.idle`. */

const CHANNEL = 'bench';
const counter = new IdleCounter();
const events = new EventChannel({ backend: indexedDbBackend({ database: 'idle' }) });
let handled = 0;

const page: IdlePage = {
  listen(listeners) {
    for (let listener = 0; listener < listeners; listener += 1)
      events.listen(CHANNEL, () => {
        handled += 1;
      });
  },
  startCount: () => counter.restart(),
  readCount: () => counter.read(),
  async publish() {
    await events.publish(CHANNEL, null);
  },
  countHandled: () => handled,
  async countLeft() {
    const { ready, leased, scheduled, dead } = await events.stats(CHANNEL);
    return ready + leased + scheduled + dead;
  },
  close: () => events.shutdown(),
};

window.idle = page;
