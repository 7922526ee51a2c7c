// Covers src/backends/broadcast/fan-out.ts, src/backends/broadcast/broadcast-backend.ts
import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

const STORE = ['--store', 'broadcast'];

for (const seed of [1, 101])
  test.concurrent(`seeds ${seed} to ${seed + 99}: each member gets each event or a report, whatever happens to contexts and messages`, {
    timeout: 300_000,
  }, async () => {
    const { code, printed } = await runProgram(
      'run.ts',
      ...STORE,
      ...['--seed', String(seed), '--seeds', '100'],
    );
    console.log(printed);
    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringContaining('{"seeds":100'),
    });
  });

/**
 * Seeds that failed once: a history that overtook events, a lock that was held twice, a late report of a resumed member, contexts
 * that were paused when the faults ended and announced nothing, an answer that a later event had overtaken, an event from before
 * its member joined again, messages that were held back after the faults, a publish that was confirmed after a member had joined,
 * a history that had later events than those on their way, events that waited for a history while another member returned,
 * a stream with four gaps, a member that learnt of an event after it had reported what it knew, an answer that came again after the
 * next question, a freeze that began when the faults had ended, a history that counted an event and lacked it.
 */
for (const seed of [
  448, 475, 630, 10254, 10369, 20066, 20370, 30979, 34170, 34972, 37481, 38843, 40200, 500809,
  725698, 757174,
])
  test.concurrent(`seed ${seed}, which failed once`, { timeout: 60_000 }, async () => {
    const { code, printed } = await runProgram('run.ts', ...STORE, '--seed', String(seed));
    expect({ code, printed }).toMatchObject({ code: 0 });
  });

test.concurrent('the same seed makes the same history', { timeout: 60_000 }, async () => {
  const given = [...STORE, '--seed', '7', '--history'];
  const runs = await Promise.all([1, 2].map(() => runProgram('run.ts', ...given)));
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]?.printed).toContain('"operation":"confirm"');
});
