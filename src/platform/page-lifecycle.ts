import { ignore } from '../core/ignore.ts';
import type { Stop } from '../core/runtime.ts';

/** What the platform does to a context besides ending it. */
export interface LifecycleListener {
  /** The page stands still from now on: frozen, or in the back/forward cache. May be told twice. */
  suspend(): void;
  /** It goes on. May be told twice, or without having been suspended. */
  resume(): void;
  /** Something may have changed that nobody told: the network is back, the page is seen again. */
  wake(): void;
  /** The network is back. Called after `wake`. */
  online?(): void;
}

/** Only service workers have it. */
declare const ServiceWorkerGlobalScope: unknown;

/**
 * Listens to what the platform says of this context until the returned function is called: of a page all, of a worker
 * that the network is back, of a service worker nothing, since browsers warn of each listener that is added there after its
 * script has run. {@link https://wicg.github.io/page-lifecycle/}
 */
export function watchLifecycle({ suspend, resume, wake, online }: LifecycleListener): Stop {
  const isBack = () => {
    wake();
    online?.();
  };
  if (typeof document === 'undefined') return watchOnline(isBack);
  const seen = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const stops = [
    listen('online', isBack),
    listen('pagehide', ofCache(suspend)),
    listen('pageshow', ofCache(resume)),
    listenTo(document, 'freeze', suspend),
    listenTo(document, 'resume', resume),
    listenTo(document, 'visibilitychange', seen),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Calls `hear` at each `online` event of this context until the returned function is called; never in a service worker. */
export function watchOnline(hear: () => void): Stop {
  return typeof ServiceWorkerGlobalScope === 'undefined' ? listen('online', hear) : ignore;
}

/** Not ended by a signal: test environments mix the classes of several platforms, and refuse each other's signals. */
function listen(type: string, hear: (event: Event) => void): Stop {
  // In Node a context has no events, also where a test gave it a document.
  if (typeof addEventListener === 'undefined') return ignore;
  addEventListener(type, hear);
  return () => removeEventListener(type, hear);
}

function listenTo(target: EventTarget, type: string, hear: () => void): Stop {
  target.addEventListener(type, hear);
  return () => target.removeEventListener(type, hear);
}

/** A page that goes without being kept ends, and needs nothing. */
function ofCache(act: () => void): (event: Event) => void {
  return (event) => {
    if ((event as PageTransitionEvent).persisted) act();
  };
}
