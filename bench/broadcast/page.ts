import { check } from '../check.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import { type Line, openLine } from './lines.ts';
import type { BroadcastPageBench } from './page-bench.ts';

/** Runs in the browser: what the benches call from outside stands on `window.broadcastBench`. */

/** Published in one turn. */
const BURST = 100;
const WARM_UP = 50;
/** Round trips that are timed together: Chromium's clock steps by 0.1 ms. */
const TIMED_TOGETHER = 10;

const bodies = makeBodies();
/** On which receivers say that they have everything. */
const reports = new BroadcastChannel('bench-reports');

function roundTrip(line: Line, sequence: number, answered: Map<number, () => void>) {
  return new Promise<void>((resolve) => {
    answered.set(sequence, resolve);
    void line.send([payloadOf(sequence, bodies)]);
  });
}

const bench: BroadcastPageBench = {
  echo(subject, name) {
    const back = openLine(subject, `${name}-back`);
    const forth = openLine(subject, name);
    forth.receive((payload) => void back.send([payload]));
  },
  async measureHops({ subject, name, count }) {
    const answered = new Map<number, () => void>();
    const [forth, back] = [openLine(subject, name), openLine(subject, `${name}-back`)];
    back.receive(({ sequence }) => answered.get(sequence)?.());
    const hops: number[] = [];
    let startedAt = performance.now();
    for (let sequence = 0; sequence < WARM_UP + count; sequence += 1) {
      await roundTrip(forth, sequence, answered);
      if ((sequence + 1) % TIMED_TOGETHER !== 0) continue;
      const now = performance.now();
      if (sequence >= WARM_UP) hops.push((now - startedAt) / TIMED_TOGETHER / 2);
      startedAt = now;
    }
    await Promise.all([forth.close(), back.close()]);
    return hops;
  },
  count({ subject, name, count }) {
    const line = openLine(subject, name);
    let next = 0;
    line.receive(({ sequence }) => {
      // In a message: a handler that throws would get the event again.
      if (sequence !== next) reports.postMessage({ name, fault: `${sequence} instead of ${next}` });
      next += 1;
      if (next < count) return;
      reports.postMessage({ name });
      void line.close();
    });
  },
  async measureRate({ subject, name, count }, receivers) {
    const line = openLine(subject, name);
    const everybody = new Promise<void>((resolve, reject) => {
      let done = 0;
      reports.onmessage = ({ data }: MessageEvent<{ name: string; fault?: string }>) => {
        if (data.name !== name) return;
        if (data.fault !== undefined) reject(new Error(data.fault));
        done += 1;
        if (done === receivers) resolve();
      };
    });
    const startedAt = performance.now();
    for (let from = 0; from < count; from += BURST)
      await line.send(
        Array.from({ length: Math.min(BURST, count - from) }, (_, index) =>
          payloadOf(from + index, bodies),
        ),
      );
    await everybody;
    const seconds = (performance.now() - startedAt) / 1_000;
    check(seconds > 0, 'time passes', seconds);
    await line.close();
    return count / seconds;
  },
};

window.broadcastBench = bench;
