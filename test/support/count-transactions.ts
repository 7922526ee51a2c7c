import { onTestFinished, vi } from 'vitest';

export interface Begun {
  readonly mode: 'read' | 'write';
  readonly stores: readonly string[];
}

/** The transactions that the function begins, by any connection, in order. */
export async function transactionsOf(act: () => Promise<unknown>): Promise<Begun[]> {
  const spied = vi.spyOn(IDBDatabase.prototype, 'transaction');
  onTestFinished(() => spied.mockRestore());
  await act();
  const begun = spied.mock.calls.map(([stores, mode]): Begun => {
    const names = typeof stores === 'string' ? [stores] : [...stores];
    return { mode: mode === 'readwrite' ? 'write' : 'read', stores: names };
  });
  spied.mockRestore();
  return begun;
}

export async function modesOf(act: () => Promise<unknown>): Promise<Begun['mode'][]> {
  return (await transactionsOf(act)).map(({ mode }) => mode);
}
