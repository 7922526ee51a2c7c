import { check } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import { type BacklogQueue, openAcklineBacklog, openObviousBacklog } from './backlog-queues.ts';
import { checkRows } from './backlog-rows.ts';
import { countClaims } from './claim-counter.ts';
import type { Competition, TabsPage } from './tabs-page-bench.ts';

/** Runs in the browser. The bench calls `window.tabs`. */

const counted = countClaims();
let opened: BacklogQueue | undefined;

async function openQueue({ subject, database, batch }: Competition): Promise<BacklogQueue> {
  const isOurs = subject === 'ackline';
  return isOurs ? openAcklineBacklog(database, batch) : openObviousBacklog(database, batch);
}

function queueHere(): BacklogQueue {
  check(opened !== undefined, 'the tab has opened its queue', opened);
  return opened;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

const page: TabsPage = {
  async fill(competition) {
    const bodies = makeBodies();
    const { events } = competition;
    const payloads = Array.from({ length: events }, (_, sequence) => payloadOf(sequence, bodies));
    await checkRows(1);
    const queue = await openQueue(competition);
    await queue.fill(payloads, 1);
    await queue.close();
  },
  async open(competition) {
    opened = await openQueue(competition);
    await opened.countLeft();
    Object.assign(counted, { won: 0, lost: 0 });
  },
  async compete(startAt) {
    const sequences: number[] = [];
    while (now() < startAt) await new Promise((resolve) => setTimeout(resolve, startAt - now()));
    for (;;) {
      const claimed = await queueHere().claim();
      if (claimed.sequences.length === 0) break;
      const accepted = await claimed.acknowledge();
      check(accepted === claimed.sequences.length, 'the events are settled', accepted);
      sequences.push(...claimed.sequences);
    }
    return { ...counted, sequences, endedAt: now() };
  },
  async close() {
    const left = await queueHere().countLeft();
    await queueHere().close();
    opened = undefined;
    return left;
  },
};

window.tabs = page;
