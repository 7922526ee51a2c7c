import type { Stop } from '../core/runtime/runtime.ts';

/** What a framework reads: the snapshot is the same object until something changes. */
export interface Store<Snapshot> {
  readonly getSnapshot: () => Snapshot;
  readonly subscribe: (onChange: () => void) => Stop;
}
