import type { Tab } from '../setup/tab.ts';

/**
 * Opens a database beside Ackline's. If it is not there any more, the engine has lost or thrown away all
 * that the origin had stored; answers what it says of that, or null where nothing happened.
 */
export function askWitness(tab: Tab): Promise<string | null> {
  return tab.evaluate(
    () =>
      new Promise<string | null>((resolve, reject) => {
        const request = indexedDB.open('witness');
        let cause: string | null = null;
        request.onupgradeneeded = (event) => {
          // Chromium alone gives a reason.
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
