import { requestPersistence } from 'ackline/indexeddb';
import { describe, expect, test } from 'vitest';
import { estimateStorage } from '../../../../src/backends/indexeddb/database/storage-estimate.ts';

describe('requestPersistence', () => {
  for (const granted of [true, false])
    test(`resolves with ${granted} as the platform answers`, async () => {
      expect(await requestPersistence({ persist: async () => granted })).toBe(granted);
    });

  test('resolves with the current state where the platform has no persist(), as in a worker', async () => {
    expect(await requestPersistence({ persisted: async () => true })).toBe(true);
  });

  test('resolves with false where the platform has no storage manager, as in Node', async () => {
    expect(await requestPersistence()).toBe(false);
    expect(await requestPersistence({})).toBe(false);
  });
});

describe('estimateStorage', () => {
  test('returns usage and quota in bytes', async () => {
    const estimate = async () => ({ usage: 5, quota: 7 });
    expect(await estimateStorage({ estimate })).toEqual({ usageBytes: 5, quotaBytes: 7 });
  });

  test('is undefined where the platform gives no estimate', async () => {
    expect(await estimateStorage()).toBeUndefined();
    expect(await estimateStorage({ estimate: async () => ({ quota: 7 }) })).toBeUndefined();
  });
});
