// Covers src/backends/sqlite/connection.ts, src/backends/sqlite/lock-wait.ts
import { expect, test } from 'vitest';
import { runKills } from './kills/run-kills.ts';

test('sqliteBackend: nothing is lost or delivered wrongly when processes are killed while they write and consume', {
  timeout: 120_000,
}, async () => {
  const { violations, integrity, published } = await runKills({ kills: 9, processes: 3, seed: 7 });
  expect(violations).toEqual([]);
  expect(integrity).toBe('ok');
  expect(published).toBeGreaterThan(9);
});
