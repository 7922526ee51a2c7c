import { nextTask } from '../../test/support/next-task.ts';
import { check, Tally } from '../check.ts';
import { inTime } from '../in-time.ts';
import { type BenchPayload, makeBodies, payloadOf } from '../payloads.ts';
import { type FanOutLine, openLine } from './lines.ts';
import type { FanOutPage, Run } from './page-bench.ts';

/** Runs in the browser. The benches call `window.fanOut`. */

const bodies = makeBodies();
/** The channel on which receivers report that they are done. */
const control = new BroadcastChannel('fan-out-control');
const opened: FanOutLine[] = [];

function open({ subject, line }: Run, way = ''): FanOutLine {
  const end = openLine(subject, `${line}${way}`);
  opened.push(end);
  return end;
}

function payloadsOf({ events }: Run): BenchPayload[] {
  return Array.from({ length: events }, (_, sequence) => payloadOf(sequence, bodies));
}

function untilDone(line: string, receivers: number): Promise<void> {
  let done = 0;
  return inTime(`${receivers} receivers of ${line}`, (resolve) => {
    control.onmessage = ({ data }: MessageEvent<{ line: string; fault: string | null }>) => {
      if (data.line !== line) return;
      check(data.fault === null, 'each event comes once and in order', data.fault);
      done += 1;
      if (done === receivers) resolve();
    };
  });
}

const fanOut: FanOutPage = {
  receiveAll(run) {
    const tally = new Tally(run.events);
    let fault: string | null = null;
    open(run).receive(({ sequence }) => {
      if (sequence !== tally.count) fault = `${sequence} after ${tally.count} events`;
      tally.add(sequence);
      if (tally.isComplete) control.postMessage({ line: run.line, fault });
    });
  },
  async publishAll(run, receivers, burst) {
    const line = open(run);
    const payloads = payloadsOf(run);
    await line.untilReceivers(receivers);
    const done = untilDone(run.line, receivers);
    const startedAt = performance.now();
    for (let from = 0; from < payloads.length; from += burst) {
      await line.publish(payloads.slice(from, from + burst));
      await nextTask();
    }
    await done;
    return performance.now() - startedAt;
  },
  echo(run) {
    const back = open(run, '-back');
    open(run, '-there').receive((payload) => back.publish([payload]));
  },
  async pingPong(run) {
    const there = open(run, '-there');
    const trips: number[] = [];
    let come: (sequence: number) => void = () => undefined;
    open(run, '-back').receive(({ sequence }) => come(sequence));
    await there.untilReceivers(1);
    for (const payload of payloadsOf(run)) {
      const answer = inTime<number>('an echo', (resolve) => {
        come = resolve;
      });
      const startedAt = performance.now();
      void there.publish([payload]);
      const sequence = await answer;
      trips.push(performance.now() - startedAt);
      check(sequence === payload.sequence, `${payload.sequence} comes back`, sequence);
      await nextTask();
    }
    return trips;
  },
  async end() {
    await Promise.all(opened.splice(0).map((line) => line.close()));
  },
};

window.fanOut = fanOut;
