import { onTestFinished, vi } from 'vitest';

/** The transactions that the function begins, by any connection: `read` or `write`, in order. */
export async function transactionsOf(act: () => Promise<unknown>): Promise<('read' | 'write')[]> {
  const spied = vi.spyOn(IDBDatabase.prototype, 'transaction');
  onTestFinished(() => spied.mockRestore());
  await act();
  const modes = spied.mock.calls.map(([, mode]) => (mode === 'readwrite' ? 'write' : 'read'));
  spied.mockRestore();
  return modes;
}
