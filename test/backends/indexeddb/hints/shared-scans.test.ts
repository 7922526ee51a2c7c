// Covers src/backends/indexeddb/hints/hint-notifier.ts, src/backends/indexeddb/hints/idle-scans.ts
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../open-indexeddb.ts';
import { countScans, openScanned, takeAndAck } from '../open-scanned.ts';

describe('the knowledge that nothing is due', () => {
  test('comes from one scan for consumers that begin at the same time, and from one more at the end of their waits', async () => {
    const { backend, runtime } = await openScanned();
    await runtime.advance(1_001);
    const scans = countScans();
    const waiting = Array.from({ length: 5 }, () => backend.dequeue('a', 1_000));
    await backend.stats('a');
    expect(scans.count).toBe(1);
    await runtime.advance(1_000);
    expect(await Promise.all(waiting)).toEqual([null, null, null, null, null]);
    expect(scans.count).toBe(2);
  });

  test('ends at a hint, also when no consumer waits', async () => {
    const { open } = openDatabase();
    const [backend, other] = [open(), open()];
    expect(await backend.dequeue('a', 0)).toBe(null);
    const woken = backend.dequeue('b', 10_000);
    await other.publish('a', 1);
    await other.publish('b', 'after the first hint');
    expect(await woken).not.toBe(null);
    expect((await backend.dequeue('a', 1_000))?.payload).toBe(1);
  });

  test('is not used for a consumer that does not wait', async () => {
    const { backend, other } = await openScanned();
    await other.publish('a', 1);
    expect(await takeAndAck(backend)).toBe(1);
  });
});
