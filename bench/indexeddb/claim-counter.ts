/** Counts the claim transactions of the library: those that were committed, and those that lost and were rolled back. */
export interface ClaimCount {
  won: number;
  lost: number;
}

/** Counts from now on, until the page ends. */
export function countClaims(): ClaimCount {
  const counted: ClaimCount = { won: 0, lost: 0 };
  const original = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const transaction = original.call(this, stores, mode, options);
    const names = [stores].flat();
    if (mode !== 'readwrite' || !names.includes('epochs')) return transaction;
    transaction.addEventListener('complete', () => {
      counted.won += 1;
    });
    transaction.addEventListener('abort', () => {
      counted.lost += 1;
    });
    return transaction;
  };
  return counted;
}
