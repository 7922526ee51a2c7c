// Covers src/backends/indexeddb/hints/hint-notifier.ts, src/backends/indexeddb/hints/idle-scans.ts
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../open-indexeddb.ts';
import { countScans, openScanned, takeAndAck } from '../open-scanned.ts';

describe('that nothing is due', () => {
  test('is found by one scan for consumers that begin at the same time, and by one at the end of their waits', async () => {
    const { backend, runtime } = await openScanned();
    await runtime.advance(1_001);
    const looks = countScans();
    const waiting = Array.from({ length: 5 }, () => backend.dequeue('a', 1_000));
    await backend.stats('a');
    expect(looks.count).toBe(1);
    await runtime.advance(1_000);
    expect(await Promise.all(waiting)).toEqual([null, null, null, null, null]);
    expect(looks.count).toBe(2);
  });

  test('is unknown again after a hint, also where no consumer waits', async () => {
    const { open } = openDatabase();
    const [backend, other] = [open(), open()];
    expect(await backend.dequeue('a', 0)).toBe(null);
    const told = backend.dequeue('b', 10_000);
    await other.publish('a', 1);
    await other.publish('b', 'this hint comes after the one before');
    expect(await told).not.toBe(null);
    expect((await backend.dequeue('a', 1_000))?.payload).toBe(1);
  });

  test('is always found by a scan for a consumer that does not wait', async () => {
    const { backend, other } = await openScanned();
    await other.publish('a', 1);
    expect(await takeAndAck(backend)).toBe(1);
  });
});
