import type { Tab } from '../setup/tab.ts';

/**
 * Opens a second database beside that of the library. If it is gone, the engine has lost or deleted all data of the origin.
 * Resolves with the reason that the engine gives, or with null if the database is there.
 */
export function askWitness(tab: Tab): Promise<string | null> {
  return tab.evaluate(
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
