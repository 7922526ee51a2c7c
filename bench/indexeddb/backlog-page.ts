import { check } from '../check.ts';
import { Backlog } from './backlog.ts';
import type { BacklogPage } from './backlog-page-bench.ts';
import { openAcklineBacklog, openObviousBacklog } from './backlog-queues.ts';
import { checkRows } from './backlog-rows.ts';
import { resultOf } from './database.ts';

/** Runs in the browser. The benches call `window.backlog`. */

const BATCH = 100;
const backlogs = new Map<string, Backlog>();

function backlogOf(name: string): Backlog {
  const backlog = backlogs.get(name);
  check(backlog !== undefined, 'the backlog is open', name);
  return backlog;
}

const page: BacklogPage = {
  async open(name, subject) {
    const queue =
      subject === 'ackline'
        ? openAcklineBacklog(name, 1)
        : await openObviousBacklog(name, subject === 'obvious' ? 1 : BATCH);
    backlogs.set(name, new Backlog(queue, subject === 'ackline'));
  },
  async fill(name, count, perCommit) {
    await checkRows(perCommit);
    await backlogOf(name).fill(count, perCommit);
  },
  drain: (name, count) => backlogOf(name).drain(count),
  measureClaims: (name, claims) => backlogOf(name).measureClaims(claims),
  async close(name) {
    const backlog = backlogOf(name);
    await backlog.checkLeft();
    await backlog.close();
    return backlog.oldest;
  },
  async claimCold(name) {
    const startedAt = performance.now();
    const queue = openAcklineBacklog(name, 1);
    const { sequences, acknowledge } = await queue.claim();
    const ms = performance.now() - startedAt;
    const [sequence] = sequences;
    check(sequence !== undefined, 'an event is there', sequence);
    check((await acknowledge()) === 1, 'the event is settled', sequence);
    await queue.close();
    return { sequence, ms };
  },
  async openCold(name) {
    const startedAt = performance.now();
    const database = await resultOf(indexedDB.open(name));
    const identity = await resultOf(
      database.transaction('meta').objectStore('meta').get('identity'),
    );
    const ms = performance.now() - startedAt;
    check(identity !== undefined, 'the database is the library’s', identity);
    database.close();
    return ms;
  },
};

window.backlog = page;
