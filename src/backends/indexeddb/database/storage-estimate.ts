import type { ChannelStats, StorageEstimateBytes } from '../../../core/events/message.ts';

/** The parts of `navigator.storage` in use. Workers lack `persist`, and WebKitGTK also lacks `estimate`. */
export interface StorageRoomSource {
  estimate?(): Promise<{ readonly usage?: number; readonly quota?: number }>;
  persist?(): Promise<boolean>;
  persisted?(): Promise<boolean>;
}

/** Undefined in Node and in insecure contexts. */
function platformStorage(): StorageRoomSource | undefined {
  return typeof navigator === 'undefined' ? undefined : navigator.storage;
}

/**
 * Asks the platform to keep the origin's data when disk space runs short. Resolves with whether the platform keeps it, and
 * with false where the platform has no such function. Without it the browser may delete everything that is stored, also
 * unacknowledged events. The quota stays the same. Call it on a user's action: Firefox asks the user, and the promise waits
 * for the answer. Chromium decides by itself. A worker cannot ask, and gets the present state.
 *
 * @example
 * const isKept = await requestPersistence();
 * if (!isKept) show('the browser may delete orders that were not sent');
 */
export async function requestPersistence(
  storage: StorageRoomSource | undefined = platformStorage(),
): Promise<boolean> {
  if (storage?.persist) return storage.persist();
  return (await storage?.persisted?.()) ?? false;
}

/** How much the origin uses and may use, undefined if the platform does not report it. */
export async function estimateStorage(
  storage: StorageRoomSource | undefined = platformStorage(),
): Promise<StorageEstimateBytes | undefined> {
  const found = await storage?.estimate?.();
  if (found?.usage === undefined || found.quota === undefined) return undefined;
  return { usageBytes: found.usage, quotaBytes: found.quota };
}

/** The counts of a channel, with the estimate if the platform has one. */
export async function withEstimate(counting: Promise<ChannelStats>): Promise<ChannelStats> {
  const counts = await counting;
  const estimate = await estimateStorage();
  return { ...counts, ...(estimate && { estimate }) };
}
