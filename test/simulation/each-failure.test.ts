// Covers src/backends/indexeddb/database/connection.ts, src/backends/indexeddb/database/transactions.ts
import { expect, test } from 'vitest';
import { runProgram } from './run-program.ts';

test('every kind of failure at every single call to IndexedDB: nothing is lost, returned or held twice', {
  timeout: 600_000,
}, async () => {
  const { code, printed } = await runProgram('each-failure.ts');
  console.log(printed);
  expect({ code, printed }).toEqual({
    code: 0,
    printed: expect.stringContaining('"failedCount":0'),
  });
});
