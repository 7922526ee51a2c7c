// Covers src/backends/indexeddb/claims/claim-settler.ts, src/backends/indexeddb/claims/held-claim.ts
import { expect, test } from 'vitest';
import { modesOf } from '../../../support/count-transactions.ts';
import { drafts } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

const HOUR_MS = 3_600_000;

test('a settlement long after the claim reads the claim once, and then writes', async () => {
  const { backend, runtime } = await openStore();
  await backend.publishMany(drafts('a', 2));
  const [first, second] = await backend.dequeueMany('a', 2, 0, { leaseMs: HOUR_MS });
  await runtime.advance(10_001);
  const extend = () => backend.extend(String(first?.eventId), first?.lease, HOUR_MS);
  expect(await modesOf(extend)).toEqual(['read', 'write']);
  await runtime.advance(10_001);
  const ack = () => backend.ack(String(second?.eventId), second?.lease);
  expect(await modesOf(ack)).toEqual(['read', 'write']);
  // The claim was read a moment ago, so it is not read again.
  expect(await modesOf(extend)).toEqual(['write']);
});

test('a settlement confirms the claim, as a read of it does', async () => {
  const { backend, runtime } = await openStore();
  await backend.publishMany(drafts('a', 2));
  const [first, second] = await backend.dequeueMany('a', 2, 0, { leaseMs: HOUR_MS });
  await runtime.advance(6_000);
  const extend = () => backend.extend(String(first?.eventId), first?.lease, HOUR_MS);
  expect(await modesOf(extend)).toEqual(['write']);
  // Twelve seconds after the claim, and six after the extension.
  await runtime.advance(6_000);
  const ack = () => backend.ack(String(second?.eventId), second?.lease);
  expect(await modesOf(ack)).toEqual(['write']);
});
