/** Transactions of the library that would claim: those that did, and those that came second and were undone. */
export interface ClaimCount {
  won: number;
  lost: number;
}

/** Counts from now on, for as long as the page lives. */
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
