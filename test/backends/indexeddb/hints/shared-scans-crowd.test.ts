// Covers src/backends/indexeddb/hints/idle-poll.ts, src/backends/indexeddb/hints/idle-scans.ts, src/backends/indexeddb/scanning/database-scan.ts
import { describe, expect, test } from 'vitest';
import { type Crowd, type CrowdMember, live, openCrowd } from '../idle-crowd.ts';

/** Contexts of which none has anything to do. In real tabs: bench/indexeddb/indexeddb-idle.ts. */

const POLL_MS = 1_000;
const PATIENT_MS = 1_050;

/** Time until the next look, so that what is published then is found as late as can be. */
async function untilLook({ runtime, looks }: Crowd): Promise<void> {
  looks.count = 0;
  while (looks.count === 0) await live(runtime, 10);
}

async function handledAfter(crowd: Crowd, withinMs: number): Promise<number | undefined> {
  crowd.markNow();
  await crowd.unheard.publish('a', 'unheard');
  for (let ms = 0; ms < withinMs && crowd.handledAfterMs.length === 0; ms += 10)
    await live(crowd.runtime, 10);
  return crowd.handledAfterMs[0];
}

/** Posts it again and again, as any script of the origin can. */
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

/** That there is nothing, as a context would tell that reads rows of that version. */
function forgedScan(version: number): unknown {
  return { ackline: 1, channels: [], scan: { version, nextSeq: 0, firstDueAt: [] } };
}

function leaderOf({ members }: Crowd): CrowdMember {
  const leading = members.filter(({ leads }) => leads);
  expect(leading).toHaveLength(1);
  return leading[0] as CrowdMember;
}

describe('contexts that have nothing to do', () => {
  test('look once in a poll interval, all together, each in its turn', async () => {
    const crowd = await openCrowd(4, 3);
    crowd.looks.count = 0;
    crowd.looks.byContext.clear();
    await live(crowd.runtime, 8 * POLL_MS);
    expect(crowd.looks.count).toBeGreaterThanOrEqual(7);
    expect(crowd.looks.count).toBeLessThanOrEqual(8);
    const counts = [...crowd.looks.byContext.values()];
    expect(counts).toHaveLength(4);
    for (const count of counts) expect(Math.abs(count - 2)).toBeLessThanOrEqual(1);
  });

  test('find what nobody hinted at within a poll interval', async () => {
    const crowd = await openCrowd(4);
    await untilLook(crowd);
    expect(await handledAfter(crowd, 2 * POLL_MS)).toBeLessThanOrEqual(POLL_MS);
  });

  test('find it not much later where the one that leads stands still, and then do not all look', async () => {
    const crowd = await openCrowd(4);
    await untilLook(crowd);
    leaderOf(crowd).isStill = true;
    const afterMs = await handledAfter(crowd, 2 * POLL_MS);
    expect(afterMs).toBeGreaterThan(POLL_MS);
    expect(afterMs).toBeLessThanOrEqual(PATIENT_MS);
    // Those that had to do with the event look once each, to know that there is nothing more.
    await live(crowd.runtime, 2 * PATIENT_MS);
    crowd.looks.count = 0;
    await live(crowd.runtime, 5 * PATIENT_MS);
    // Of the three that are left, those look together whose patience ends at about the same time.
    expect(crowd.looks.count).toBeLessThanOrEqual(2 * 5);
  });

  test('are told that somebody else has looked only if he can read what they can', async () => {
    const crowd = await openCrowd(2);
    await untilLook(crowd);
    leaderOf(crowd).isStill = true;
    const stop = forgeAlways(crowd, forgedScan(0));
    expect(await handledAfter(crowd, 2 * POLL_MS)).toBeLessThanOrEqual(PATIENT_MS);
    stop();
  });

  test('are not silenced by forged messages while the one that leads is at work', async () => {
    const crowd = await openCrowd(4);
    const stop = forgeAlways(crowd, forgedScan(1));
    await live(crowd.runtime, 3 * POLL_MS);
    expect(await handledAfter(crowd, 9 * POLL_MS)).toBeLessThanOrEqual(2 * POLL_MS);
    stop();
  });

  test('are silenced for ten poll intervals at most where it stands still, too', async () => {
    const crowd = await openCrowd(2);
    await untilLook(crowd);
    leaderOf(crowd).isStill = true;
    const stop = forgeAlways(crowd, forgedScan(1));
    const afterMs = await handledAfter(crowd, 12 * POLL_MS);
    expect(afterMs).toBeGreaterThan(2 * POLL_MS);
    expect(afterMs).toBeLessThanOrEqual(10 * PATIENT_MS);
    stop();
  });

  test('count an event that is yet to come as nothing, and handle it when it is due', async () => {
    const crowd = await openCrowd(4);
    const [publisher] = crowd.members as [CrowdMember];
    crowd.markNow();
    await publisher.events.publish('a', 'delayed', null, { delayMs: 9 * POLL_MS });
    // Each looks once, since there was a hint.
    await live(crowd.runtime, 3 * POLL_MS);
    crowd.looks.count = 0;
    await live(crowd.runtime, 5 * POLL_MS);
    expect(crowd.looks.count).toBeLessThanOrEqual(5);
    await live(crowd.runtime, POLL_MS);
    await expect.poll(() => crowd.handledAfterMs).toEqual([9 * POLL_MS]);
  });

  test('get up for what is due though the one that leads has gone meanwhile', async () => {
    const crowd = await openCrowd(2);
    await crowd.members[0]?.events.publish('a', 'delayed', null, { delayMs: 500 });
    crowd.markNow();
    await live(crowd.runtime, 100);
    await leaderOf(crowd).events.shutdown();
    await live(crowd.runtime, 400);
    await expect.poll(() => crowd.handledAfterMs).toEqual([500]);
  });

  test('leave it to a consumer that comes anew to look for itself', async () => {
    const crowd = await openCrowd(2);
    await untilLook(crowd);
    await live(crowd.runtime, 300);
    for (const { backend } of crowd.members) {
      await crowd.unheard.publish('a', 'told by other means');
      const message = await backend.dequeue('a', POLL_MS);
      expect(message?.payload).toBe('told by other means');
      await backend.ack(String(message?.eventId));
    }
  });
});
