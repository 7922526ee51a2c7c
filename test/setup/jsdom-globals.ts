import { JSDOM } from 'jsdom';

/**
 * What Jest 29's environment `jsdom` has of its own in place of Node's. `AbortSignal` has neither `throwIfAborted` nor `any`
 * there, and `addEventListener` takes signals of jsdom alone.
 */
const OF_THE_PAGE = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'DOMException',
  'Event',
  'EventTarget',
  'MessageEvent',
  'addEventListener',
  'document',
  'navigator',
  'removeEventListener',
  'window',
] as const;

/** What it lacks. */
const MISSING = ['BroadcastChannel', 'indexedDB'];

const { window } = new JSDOM('', { url: 'https://example.org' });
for (const name of OF_THE_PAGE) {
  const value: unknown = window[name];
  const isMethod = name === 'addEventListener' || name === 'removeEventListener';
  define(name, isMethod ? window[name].bind(window) : value);
}
for (const name of MISSING) define(name, undefined);

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
