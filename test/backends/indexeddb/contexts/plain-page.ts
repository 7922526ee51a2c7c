import { EventChannel } from 'ackline';
import { type IndexedDbBackend, indexedDbBackend } from 'ackline/indexeddb';

declare global {
  interface Window {
    backend: IndexedDbBackend;
    /** What the backend's status was, one after the other. */
    states: string[];
  }
}

/** A page with one channel, which does nothing by itself. The search part of its address holds backend options. */
const { settings } = Object.fromEntries(new URL(location.href).searchParams);
window.backend = indexedDbBackend({ database: 'plain', ...(settings && JSON.parse(settings)) });
window.states = [];
window.backend.watchStatus(({ state }) => window.states.push(state));
window.events = new EventChannel({ backend: window.backend });
