import type { Stop } from '../core/runtime.ts';

/** What the platform does to a context besides ending it. */
export interface LifecycleListener {
  /** The page stands still from now on: frozen, or in the back/forward cache. May be told twice. */
  suspend(): void;
  /** It goes on. May be told twice, or without having been suspended. */
  resume(): void;
  /** Something may have changed that nobody told: the network is back, the page is seen again. */
  wake(): void;
}

/**
 * Listens to what the platform says of this context, a page or a worker, until the returned function is called.
 * {@link https://wicg.github.io/page-lifecycle/}
 */
export function watchLifecycle({ suspend, resume, wake }: LifecycleListener): Stop {
  const ending = new AbortController();
  const until = { signal: ending.signal };
  // In Node a context has no events.
  if (typeof addEventListener !== 'undefined') {
    addEventListener('online', wake, until);
    addEventListener('pagehide', ofCache(suspend), until);
    addEventListener('pageshow', ofCache(resume), until);
  }
  if (typeof document !== 'undefined') {
    const seen = () => {
      if (document.visibilityState === 'visible') wake();
    };
    document.addEventListener('freeze', suspend, until);
    document.addEventListener('resume', resume, until);
    document.addEventListener('visibilitychange', seen, until);
  }
  return () => ending.abort();
}

/** A page that goes without being kept ends, and needs nothing. */
function ofCache(act: () => void): (event: Event) => void {
  return (event) => {
    if ((event as PageTransitionEvent).persisted) act();
  };
}
