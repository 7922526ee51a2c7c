/**
 * Whether this engine may commit a part of a transaction. WebKit does so where a page ends after `commit()` and before the
 * transaction has begun: it still sends each delete and the commit, and drops each `put` and `add`. It aborts a transaction that
 * was to end by itself. Nothing is lost without the call, because WebKit sends no request of a page that is busy or frozen,
 * so `commit()` frees no store earlier. docs/decisions/0101 has the measurements.
 *
 * Only errors of JavaScriptCore have a `line`. A user agent says less, because each app chooses that of its web view.
 */
export function commitsInPart(): boolean {
  return 'line' in new Error();
}
