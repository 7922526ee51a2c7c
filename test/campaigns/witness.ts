/** A page in which functions can be run. */
interface Evaluator {
  evaluate<Result>(run: () => Promise<Result>): Promise<Result>;
}

/**
 * Opens a second database beside that of the library. If it is gone, the engine has lost or deleted all data of the origin.
 * Resolves with the reason that the engine gives, or with null if the database is there.
 */
export function askWitness(page: Evaluator): Promise<string | null> {
  return page.evaluate(
    () =>
      new Promise<string | null>((resolve, reject) => {
        const request = indexedDB.open('witness');
        let cause: string | null = null;
        request.onupgradeneeded = (event) => {
          // Only Chromium gives a reason.
          cause = String(Reflect.get(event, 'dataLossMessage') || 'no reason given');
        };
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          request.result.close();
          resolve(cause);
        };
      }),
  );
}
