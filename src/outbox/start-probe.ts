import { ignore } from '../core/runtime/ignore.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import type { Probe } from './connectivity.ts';

/** Longest duration of a probe. */
const MOST_MS = 10_000;

/** Calls `probe`. `answer` never rejects: it is false if the probe fails, takes too long, or is ended. */
export function startProbe(
  probe: Probe,
  runtime: Runtime,
): { readonly answer: Promise<boolean>; readonly end: Stop } {
  const ending = new AbortController();
  let stopTimer: Stop = ignore;
  const answer = new Promise<boolean>((resolve) => {
    const end = () => resolve(false);
    ending.signal.addEventListener('abort', end);
    stopTimer = runtime.after(MOST_MS, () => ending.abort());
    void Promise.resolve(ending.signal)
      .then(probe)
      .then((isReachable) => resolve(isReachable === true), end);
  });
  void answer.then(stopTimer);
  return { answer, end: () => ending.abort() };
}
