import { check } from '../check.ts';
import { openAcklineBacklog, openObviousBacklog } from './backlog-queues.ts';
import type { NeighbourPage, NeighbourSubject } from './neighbour-page-bench.ts';
import { NeighbourWorker, sharedNow } from './neighbour-worker.ts';

/** Runs in the browser. The bench calls `window.neighbour`. */

const workers = new Map<NeighbourSubject, NeighbourWorker>();

function workerOf(subject: NeighbourSubject): NeighbourWorker {
  const worker = workers.get(subject);
  check(worker !== undefined, 'the tab has opened its queue', subject);
  return worker;
}

const page: NeighbourPage = {
  async open(subject, tab) {
    const database = `neighbour-${subject}`;
    const queue =
      subject === 'ackline'
        ? openAcklineBacklog(database, 1)
        : await openObviousBacklog(database, 1);
    await queue.countLeft();
    workers.set(subject, new NeighbourWorker(queue, tab));
  },
  fill: (subject, events) => workerOf(subject).fill(events),
  start: (subject) => workerOf(subject).start(),
  progress: (subject, events) => workerOf(subject).progress(events),
  takeCalls: (subject) => workerOf(subject).takeCalls(),
  stop: (subject) => workerOf(subject).stop(),
  close: (subject) => workerOf(subject).close(),
  keepBusy(ms) {
    const startedAt = sharedNow();
    while (sharedNow() < startedAt + ms);
    return [startedAt, sharedNow()];
  },
};

window.neighbour = page;
