import type { Store } from './store.ts';

const stores = new WeakMap<object, Map<string, Store<unknown>>>();

/**
 * The store of that name for an object, made at the first call. All components that show a channel share it, so they cause
 * the reads of one. A framework may render a component many times before it mounts it, and must find the same store each time.
 */
export function keptStore<Made extends Store<unknown>>(
  owner: object,
  name: string,
  make: () => Made,
): Made {
  const named = stores.get(owner) ?? new Map<string, Store<unknown>>();
  stores.set(owner, named);
  const store = (named.get(name) as Made | undefined) ?? make();
  named.set(name, store);
  return store;
}
