// Covers src/backends/indexeddb/hints/idle-poll.ts, src/backends/indexeddb/hints/idle-scans.ts, src/backends/indexeddb/scanning/database-scan.ts
import { describe, expect, test } from 'vitest';
import { type Crowd, type CrowdMember, live, openCrowd } from '../idle-crowd.ts';

/** Several idle contexts. bench/indexeddb/indexeddb-idle.ts measures the same in real tabs. */

const POLL_MS = 1_000;
const PATIENT_MS = 1_050;

/** Waits for the next scan. An event that is published directly after it is found as late as possible. */
async function untilScan({ runtime, scans }: Crowd): Promise<void> {
  scans.count = 0;
  while (scans.count === 0) await live(runtime, 10);
}

async function handledAfter(crowd: Crowd, withinMs: number): Promise<number | undefined> {
  crowd.markNow();
  await crowd.unheard.publish('a', 'unheard');
  for (let ms = 0; ms < withinMs && crowd.handledAfterMs.length === 0; ms += 10)
    await live(crowd.runtime, 10);
  return crowd.handledAfterMs[0];
}

/** Posts the message every 100 ms, as any script of the origin can. */
function forgeAlways({ database, runtime }: Crowd, message: unknown): () => void {
  const wire = new BroadcastChannel(`ackline:${database}`);
  let stopTimer = () => {};
  const post = () => {
    wire.postMessage(message);
    stopTimer = runtime.after(100, post);
  };
  post();
  return () => {
    stopTimer();
    wire.close();
  };
}

/** The report of a scan that found nothing, by a context that reads rows of that version. */
function forgedScan(version: number): unknown {
  return { ackline: 1, channels: [], scan: { version, nextSeq: 0, firstDueAt: [] } };
}

function leaderOf({ members }: Crowd): CrowdMember {
  const leading = members.filter(({ leads }) => leads);
  expect(leading).toHaveLength(1);
  return leading[0] as CrowdMember;
}

describe('idle contexts', () => {
  test('make one scan in a poll interval together, in rotation', async () => {
    const crowd = await openCrowd(4, 3);
    crowd.scans.count = 0;
    crowd.scans.byContext.clear();
    await live(crowd.runtime, 8 * POLL_MS);
    expect(crowd.scans.count).toBeGreaterThanOrEqual(7);
    expect(crowd.scans.count).toBeLessThanOrEqual(8);
    const counts = [...crowd.scans.byContext.values()];
    expect(counts).toHaveLength(4);
    for (const count of counts) expect(Math.abs(count - 2)).toBeLessThanOrEqual(1);
  });

  test('find an event without a hint within a poll interval', async () => {
    const crowd = await openCrowd(4);
    await untilScan(crowd);
    expect(await handledAfter(crowd, 2 * POLL_MS)).toBeLessThanOrEqual(POLL_MS);
  });

  test('find it a little later when the leading context hangs, and then still share their scans', async () => {
    const crowd = await openCrowd(4);
    await untilScan(crowd);
    leaderOf(crowd).isStill = true;
    const afterMs = await handledAfter(crowd, 2 * POLL_MS);
    expect(afterMs).toBeGreaterThan(POLL_MS);
    expect(afterMs).toBeLessThanOrEqual(PATIENT_MS);
    // The contexts that had to do with the event scan once each, to find further events.
    await live(crowd.runtime, 2 * PATIENT_MS);
    crowd.scans.count = 0;
    await live(crowd.runtime, 5 * PATIENT_MS);
    // Of the three remaining contexts, those whose waits end at about the same time share a scan.
    expect(crowd.scans.count).toBeLessThanOrEqual(2 * 5);
  });

  test('accept the report of a scan only from a context that reads rows of their version', async () => {
    const crowd = await openCrowd(2);
    await untilScan(crowd);
    leaderOf(crowd).isStill = true;
    const stop = forgeAlways(crowd, forgedScan(0));
    expect(await handledAfter(crowd, 2 * POLL_MS)).toBeLessThanOrEqual(PATIENT_MS);
    stop();
  });

  test('find an event within two poll intervals while forged reports are posted and the leading context works', async () => {
    const crowd = await openCrowd(4);
    const stop = forgeAlways(crowd, forgedScan(1));
    await live(crowd.runtime, 3 * POLL_MS);
    expect(await handledAfter(crowd, 9 * POLL_MS)).toBeLessThanOrEqual(2 * POLL_MS);
    stop();
  });

  test('find an event within ten poll intervals while forged reports are posted and the leading context hangs', async () => {
    const crowd = await openCrowd(2);
    await untilScan(crowd);
    leaderOf(crowd).isStill = true;
    const stop = forgeAlways(crowd, forgedScan(1));
    const afterMs = await handledAfter(crowd, 12 * POLL_MS);
    expect(afterMs).toBeGreaterThan(2 * POLL_MS);
    expect(afterMs).toBeLessThanOrEqual(10 * PATIENT_MS);
    stop();
  });

  test('do not scan more often while an event is delayed, and handle it when it is due', async () => {
    const crowd = await openCrowd(4);
    const [publisher] = crowd.members as [CrowdMember];
    crowd.markNow();
    await publisher.events.publish('a', 'delayed', null, { delayMs: 9 * POLL_MS });
    // Each context scans once after the hint.
    await live(crowd.runtime, 3 * POLL_MS);
    crowd.scans.count = 0;
    await live(crowd.runtime, 5 * POLL_MS);
    expect(crowd.scans.count).toBeLessThanOrEqual(5);
    await live(crowd.runtime, POLL_MS);
    await expect.poll(() => crowd.handledAfterMs).toEqual([9 * POLL_MS]);
  });

  test('handle a delayed event in time after the leading context has gone', async () => {
    const crowd = await openCrowd(2);
    await crowd.members[0]?.events.publish('a', 'delayed', null, { delayMs: 500 });
    crowd.markNow();
    await live(crowd.runtime, 100);
    await leaderOf(crowd).events.shutdown();
    await live(crowd.runtime, 400);
    await expect.poll(() => crowd.handledAfterMs).toEqual([500]);
  });

  test('do not share their last scan with a consumer that begins to wait', async () => {
    const crowd = await openCrowd(2);
    await untilScan(crowd);
    await live(crowd.runtime, 300);
    for (const { backend } of crowd.members) {
      await crowd.unheard.publish('a', 'published without a hint');
      const message = await backend.dequeue('a', POLL_MS);
      expect(message?.payload).toBe('published without a hint');
      await backend.ack(String(message?.eventId));
    }
  });
});
