/** The e2e tests that measure times, or load the machine so that others would miss theirs. */
export const ALONE: readonly string[] = [
  'test/backends/broadcast/vanishing.e2e.test.ts',
  'test/backends/indexeddb/crowd.e2e.test.ts',
  'test/backends/indexeddb/frozen-claims.e2e.test.ts',
  'test/backends/indexeddb/growth.e2e.test.ts',
  'test/backends/indexeddb/hostage.e2e.test.ts',
  'test/backends/indexeddb/still-leader.e2e.test.ts',
  'test/backends/indexeddb/takeover.e2e.test.ts',
  'test/campaigns/chaos/chaos-campaign.e2e.test.ts',
];
