import { type ShallowRef, shallowRef, watch } from 'vue';
import type { Store } from '../stores/store.ts';
import { whenMounted } from './when-mounted.ts';

/** The snapshot of the present store. On a server, before the component is mounted, and without a store it is `before`. */
export function useStore<Snapshot>(
  composable: string,
  storeOf: () => Store<Snapshot> | undefined,
  before: Snapshot,
): Readonly<ShallowRef<Snapshot>> {
  const shown = shallowRef(before) as ShallowRef<Snapshot>;
  whenMounted(composable, () => {
    const follow = (store: Store<Snapshot> | undefined) => {
      const show = () => {
        shown.value = store ? store.getSnapshot() : before;
      };
      const stop = store?.subscribe(show);
      show();
      return stop;
    };
    watch(
      storeOf,
      (store, _, onCleanup) => {
        const stop = follow(store);
        if (stop) onCleanup(stop);
      },
      { immediate: true },
    );
  });
  return shown;
}
