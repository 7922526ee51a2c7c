import { expect, test } from 'vitest';
import { ClaimReader } from '../../../../src/backends/indexeddb/scanning/claim-reader.ts';
import { ignore } from '../../../../src/core/runtime/ignore.ts';
import { modesOf } from '../../../support/count-transactions.ts';
import { openStore } from '../open-store.ts';

test('the lower bounds of a queue that was just read are not read again', async () => {
  const { backend, connection } = await openStore();
  await backend.publish('a', 1);
  const taken = await backend.dequeue('a', 0);
  const reader = new ClaimReader(connection, { lastScanOf: () => undefined, onScan: ignore });
  const asked = [{ seq: 99, at: 0 }];
  const ask = () =>
    reader.ask([{ queue: 'a', epoch: Number(taken?.lease), asked, isLikelyLost: true }]);
  expect(await modesOf(ask)).toEqual(['read', 'read']);
  expect(await modesOf(ask)).toEqual(['read']);
});
