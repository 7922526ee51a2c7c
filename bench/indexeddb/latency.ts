import { type LatencyLine, openLine } from './latency-lines.ts';
import type { LatencySubject } from './page-bench.ts';

const lines = new Map<LatencySubject, Promise<LatencyLine>>();
let nextSequence = 0;
const handledAt = new Map<LatencySubject, [sequence: number, at: number][]>();

/** Opens the end of this tab, once. */
function lineOf(subject: LatencySubject): Promise<LatencyLine> {
  const line = lines.get(subject) ?? openLine(subject);
  lines.set(subject, line);
  return line;
}

export async function startHandling(subject: LatencySubject): Promise<void> {
  const handled: [number, number][] = [];
  handledAt.set(subject, handled);
  const line = await lineOf(subject);
  line.receive((sequence) => handled.push([sequence, performance.now()]));
}

/** The events handled since the last call, with the times on this tab's clock. */
export function takeHandled(subject: LatencySubject): [sequence: number, at: number][] {
  return handledAt.get(subject)?.splice(0) ?? [];
}

/** Publishes events at irregular moments. Returns when each `publish` was called, on this tab's clock. */
export async function publishPaced(
  subject: LatencySubject,
  count: number,
): Promise<[sequence: number, at: number][]> {
  const line = await lineOf(subject);
  const published: [number, number][] = [];
  for (let event = 0; event < count; event += 1) {
    const sequence = nextSequence;
    nextSequence += 1;
    await pause(5 + Math.random() * 10);
    published.push([sequence, performance.now()]);
    await line.publish(sequence);
  }
  // The last events may still be on their way.
  await pause(200);
  return published;
}

const CLOCK = 'bench-clock';

/** Answers the other tab's `measureClockOffset`. */
export function answerClock(): void {
  const clock = new BroadcastChannel(CLOCK);
  clock.onmessage = ({ data }: MessageEvent<{ readonly ask?: true }>) => {
    if (data.ask) clock.postMessage({ at: performance.now() });
  };
}

/** How far the other tab's clock is ahead, estimated from the fastest of many answers. */
export async function measureClockOffset(): Promise<number> {
  const clock = new BroadcastChannel(CLOCK);
  let best = { roundTripMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const askedAt = performance.now();
    const answer = new Promise<number>((resolve) => {
      clock.onmessage = ({ data }: MessageEvent<{ readonly at?: number }>) => resolve(data.at ?? 0);
    });
    clock.postMessage({ ask: true });
    const at = await answer;
    const roundTripMs = performance.now() - askedAt;
    if (roundTripMs < best.roundTripMs)
      best = { roundTripMs, offsetMs: at - askedAt - roundTripMs / 2 };
  }
  clock.close();
  return best.offsetMs;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
