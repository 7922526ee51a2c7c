// Covers src/backends/indexeddb/hints/hint-notifier.ts, src/queue/claim-waiter.ts
import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

for (const store of ['indexeddb', 'memory'])
  test.concurrent(`${store}: where nothing fails, events are delivered at once and no rows are left`, {
    timeout: 300_000,
  }, async () => {
    const { code, printed } = await runProgram('healthy.ts', '--store', store, '--seeds', '40');
    expect({ code, printed }).toEqual({ code: 0, printed: '{"seeds":40,"failedCount":0}\n' });
  });
