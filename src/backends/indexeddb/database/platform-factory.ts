/** In sandboxed frames the global throws or is null. */
export function platformFactory(): IDBFactory | undefined {
  try {
    return typeof indexedDB === 'undefined' ? undefined : (indexedDB ?? undefined);
  } catch {
    return undefined;
  }
}
