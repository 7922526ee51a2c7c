import { EventChannel } from 'ackline';
import { type IndexedDbBackend, indexedDbBackend, memoryFallback } from 'ackline/indexeddb';
import { obeyRemote } from '../../../setup/remote-page.ts';

/** How a page could store an event. */
export interface PublishOutcome {
  readonly outcome: string;
  readonly state: string;
  readonly storage: string;
  readonly reason: string | undefined;
}

declare global {
  interface Window {
    backend: IndexedDbBackend;
    /** What the backend's status was, one after the other. */
    states: string[];
    /** Publishes an event and returns the outcome. */
    tryToPublish(): Promise<PublishOutcome>;
  }
}

/** A page with one channel, which does nothing by itself. The search part of its address holds backend options. */
const { settings } = Object.fromEntries(new URL(location.href).searchParams);
const { fallback, ...given } = settings ? JSON.parse(settings) : {};
window.backend = indexedDbBackend({
  database: 'plain',
  ...given,
  fallback: fallback === 'memory' ? memoryFallback : fallback,
});
window.states = [];
window.backend.watchStatus(({ state }) => window.states.push(state));
window.events = new EventChannel({ backend: window.backend });
window.tryToPublish = async () => {
  const outcome = await window.events.publish('a', 1).then(
    () => 'published',
    (error: { code: string }) => error.code,
  );
  const { state, storage, reason } = window.backend.status();
  return { outcome, state, storage, reason: reason?.code };
};
// In a frame the page reports to its parent, which cannot read a frame of another origin.
if (parent !== window) parent.postMessage(await window.tryToPublish(), '*');
else obeyRemote();
