// Covers src/backends/indexeddb/indexeddb-store.ts, src/backends/indexeddb/indexeddb-backend.ts
import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

for (const seed of [1, 501])
  test.concurrent(`seeds ${seed} to ${seed + 499}: every invariant holds, whatever happens to contexts, storage and hints`, {
    timeout: 600_000,
  }, async () => {
    const { code, printed } = await runProgram('run.ts', '--seed', String(seed), '--seeds', '500');
    console.log(printed);
    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringContaining('{"seeds":500'),
    });
  });

test.concurrent('in memory: seeds 1 to 1000', { timeout: 600_000 }, async () => {
  const { code, printed } = await runProgram('run.ts', '--store', 'memory', '--seeds', '1000');
  console.log(printed);
  expect({ code, printed }).toEqual({ code: 0, printed: expect.stringContaining('{"seeds":1000') });
});

/**
 * Seeds that failed once: a group that was created while the data was deleted; two that were created during a publish; an event that
 * had died of its age and was redriven, and one whose channel was then purged; two events that were taken over by a clock that had
 * jumped, and cancelled before their first owner delivered them; one that expired while it was decoded; a publish that
 * met the quota when its event was stored already; events of a group that was deleted while they were decoded; an event whose
 * decoder waited for a throttled timer for most of the hold time; two that were cancelled where they were left to copy to a group;
 * one that was published again after a group was created; one whose position was that of a deleted database; one that was deleted
 * with its group while that was created again; one whose lease was taken over by a context that had lost its first connection unread;
 * one that a copy step had moved out of its segment before a newer one of its key was published; one whose first
 * publish was under way when the faults ended; one that waited for an event that was superseded while the data was deleted; two
 * of a group that still delivered after its deletion.
 */
for (const seed of [
  200597, 300399, 301165, 300462, 302022, 300144, 302027, 302090, 320265, 700983, 730696, 730977,
  742685, 731597, 752044, 752212, 800697, 911636, 913821, 921459, 922308, 926339,
])
  test.concurrent(`seed ${seed}, which failed once`, { timeout: 60_000 }, async () => {
    const { code, printed } = await runProgram('run.ts', '--seed', String(seed));
    expect({ code, printed }).toMatchObject({ code: 0 });
  });

/** An event that was found among the dead letters while its redrive was under way, and then acknowledged. */
test.concurrent('in memory: seed 104234, which failed once', { timeout: 60_000 }, async () => {
  const { code, printed } = await runProgram('run.ts', '--store', 'memory', '--seed', '104234');
  expect({ code, printed }).toMatchObject({ code: 0 });
});

test.concurrent('the same seed makes the same history', { timeout: 60_000 }, async () => {
  const runs = await Promise.all(
    [1, 2].map(() => runProgram('run.ts', '--seed', '7', '--history')),
  );
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]?.printed).toContain('"operation":"ack"');
});
