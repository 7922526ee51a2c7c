import { indexedDbBackend } from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { expect, onTestFinished, test, vi } from 'vitest';

/** A clock that goes on by `stepMs` whenever it is read, as on a thread that other work holds up. */
function steppingRuntime(stepMs: number) {
  const manual = new ManualRuntime();
  let now = manual.now();
  return {
    now: () => {
      now += stepMs;
      return now;
    },
    after: (ms: number, run: () => void) => manual.after(ms, run),
    randomId: () => manual.randomId(),
    random: () => manual.random(),
  };
}

async function countLooks(stepMs: number): Promise<number> {
  const runtime = steppingRuntime(stepMs);
  const backend = indexedDbBackend({ database: `looks-${stepMs}`, runtime });
  onTestFinished(() => backend.shutdown());
  await backend.publish('a', 1);
  const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
  try {
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 1 });
    return transactions.mock.calls.filter(([, mode]) => mode === 'readonly').length;
  } finally {
    transactions.mockRestore();
  }
}

test('a look that was held up is taken again before a claim is made by it, once', async () => {
  expect(await countLooks(1)).toBe(1);
  expect(await countLooks(1_000)).toBe(2);
});
