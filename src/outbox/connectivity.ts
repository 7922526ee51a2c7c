import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { isOnline, watchLifecycle, watchOffline } from '../platform/page-lifecycle.ts';

/** Whether this device has a network. */
export interface Connectivity {
  /** Whether there may be a network now. */
  isOnline(): boolean;
  /** Calls `onChange` whenever {@link isOnline} may have changed, until the returned function is called. */
  watch(onChange: () => void): Stop;
}

/**
 * Asks whether the server can be reached. A rejection means no. `signal` aborts when the answer is no longer of use, after
 * ten seconds at the latest.
 */
export type Probe = (signal: PlatformAbortSignal) => boolean | Promise<boolean>;

/**
 * `navigator.onLine` and the events `online` and `offline`. It asks again when a page becomes visible or comes back from the
 * back/forward cache, because a page gets no events there. A platform without `navigator.onLine` is always online.
 *
 * @example
 * const isOnline = () => platformConnectivity.isOnline() && isSignedIn(user);
 * const connectivity = { ...platformConnectivity, isOnline };
 * const send = httpSender({ url: '/orders' });
 * const outbox = createOutbox({ events, channel: 'order.placed', send, connectivity });
 */
export const platformConnectivity: Connectivity = {
  isOnline,
  watch: (onChange) => {
    const stopOnline = watchLifecycle({ suspend: onChange, resume: onChange, wake: onChange });
    const stopOffline = watchOffline(onChange);
    return () => {
      stopOnline();
      stopOffline();
    };
  },
};
