import { JSDOM } from 'jsdom';

/**
 * The globals that Jest 29's environment `jsdom` has instead of Node's. Its `AbortSignal` has neither `throwIfAborted` nor
 * `any`, and its `addEventListener` accepts only signals of jsdom.
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

/** Globals that it lacks. */
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
