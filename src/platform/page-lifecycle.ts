import { ignore } from '../core/runtime/ignore.ts';
import type { Stop } from '../core/runtime/runtime.ts';

/** Callbacks for the page lifecycle: {@link https://wicg.github.io/page-lifecycle/}. */
export interface LifecycleListener {
  /** The page is frozen or enters the back/forward cache. May be called twice in a row. */
  suspend(): void;
  /** The page runs again. May be called twice in a row, or without a `suspend` before. */
  resume(): void;
  /** Hints may have been lost: the network is back, or the page is visible again. */
  wake(): void;
  /** The network is back. Called after `wake`. */
  online?(): void;
}

/** Defined only in service workers. */
declare const ServiceWorkerGlobalScope: unknown;

/**
 * Listens to lifecycle events of this context until the returned function is called. A page gets all of them, and a worker
 * only `online`. A service worker gets none, because browsers log a warning for each listener that is added there after its
 * script has run.
 */
export function watchLifecycle({ suspend, resume, wake, online }: LifecycleListener): Stop {
  const onOnline = () => {
    wake();
    online?.();
  };
  if (typeof document === 'undefined') return watchOnline(onOnline);
  const onVisibilityChange = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const stops = [
    listen('online', onOnline),
    listen('pagehide', ifPersisted(suspend)),
    listen('pageshow', ifPersisted(resume)),
    listenTo(document, 'freeze', suspend),
    listenTo(document, 'resume', resume),
    listenTo(document, 'visibilitychange', onVisibilityChange),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Whether there may be a network. A platform that does not say so always has one. */
export function isOnline(): boolean {
  return typeof navigator === 'undefined' || navigator.onLine !== false;
}

/** Calls `hear` at each `online` event until the returned function is called. In a service worker it never calls `hear`. */
export function watchOnline(hear: () => void): Stop {
  return typeof ServiceWorkerGlobalScope === 'undefined' ? listen('online', hear) : ignore;
}

/** Calls `hear` at each `offline` event until the returned function is called. In a service worker it never calls `hear`. */
export function watchOffline(hear: () => void): Stop {
  return typeof ServiceWorkerGlobalScope === 'undefined' ? listen('offline', hear) : ignore;
}

/** It uses no `signal`, because test environments mix classes of several platforms, which refuse each other's signals. */
function listen(type: string, hear: (event: Event) => void): Stop {
  // Node has no global events, even if a test has defined a document.
  if (typeof addEventListener === 'undefined') return ignore;
  addEventListener(type, hear);
  return () => removeEventListener(type, hear);
}

function listenTo(target: EventTarget, type: string, hear: () => void): Stop {
  target.addEventListener(type, hear);
  return () => target.removeEventListener(type, hear);
}

/** For pages that enter or leave the back/forward cache. A page that is not kept ends and needs no call. */
function ifPersisted(act: () => void): (event: Event) => void {
  return (event) => {
    if ((event as PageTransitionEvent).persisted) act();
  };
}
