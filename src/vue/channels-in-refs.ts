import type { Raw } from 'vue';

/**
 * Vue leaves an object with this mark as it is in `ref()` and `reactive()`, and so do its types. Without the mark they describe
 * a channel without its private members, which no function takes as a channel. See decision 0088.
 */
type Unwrapped = Raw<unknown>;

declare module '../core/event-channel.ts' {
  interface EventChannel<
    Schema extends { [C in keyof Schema]: unknown },
    Replies extends { [C in keyof Replies]: unknown },
    Inputs extends { [C in keyof Inputs]: unknown },
  > extends Unwrapped {}
}

declare module '../core/sync-event-channel.ts' {
  interface SyncEventChannel<
    Schema extends { [C in keyof Schema]: unknown },
    Inputs extends { [C in keyof Inputs]: unknown },
  > extends Unwrapped {}
}
