import type { StorageEstimateBytes } from '../../../core/message.ts';

/** What is used of the platform's `navigator.storage`; workers lack `persist`, WebKitGTK also `estimate`. */
export interface StorageRoomSource {
  estimate?(): Promise<{ readonly usage?: number; readonly quota?: number }>;
  persist?(): Promise<boolean>;
  persisted?(): Promise<boolean>;
}

/** Undefined where there is none: in Node, and in insecure contexts. */
function platformStorage(): StorageRoomSource | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.storage;
}

/**
 * Asks the platform to keep the origin's data when disk space runs short, and resolves with whether it does; false
 * also where that cannot be asked. Without it the browser may delete everything that is stored, unacknowledged
 * events too. It makes the quota no larger. Call it on a user's action: Firefox asks the user, and the promise
 * waits for the answer; Chromium decides by itself. In a worker, which cannot ask, it tells what holds already.
 */
export async function requestPersistence(
  storage: StorageRoomSource | undefined = platformStorage(),
): Promise<boolean> {
  if (storage?.persist) return storage.persist();
  return (await storage?.persisted?.()) ?? false;
}

/** How much the origin uses; undefined where the platform does not tell. */
export async function estimateStorage(
  storage: StorageRoomSource | undefined = platformStorage(),
): Promise<StorageEstimateBytes | undefined> {
  const found = await storage?.estimate?.();
  if (found?.usage === undefined || found.quota === undefined) return undefined;
  return { usageBytes: found.usage, quotaBytes: found.quota };
}
