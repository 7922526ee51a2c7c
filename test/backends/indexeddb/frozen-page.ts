import { afterEach, beforeEach, vi } from 'vitest';

/** Each test of the file has a page of which it decides when it is frozen. The real one: hostage.e2e.test.ts. */
export function stubPage() {
  const frame = new EventTarget();
  // For the whole file: backends are shut down after the test.
  globalThis.addEventListener = frame.addEventListener.bind(frame);
  globalThis.removeEventListener = frame.removeEventListener.bind(frame);
  let page: EventTarget & { visibilityState: string };
  beforeEach(() => {
    page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    vi.stubGlobal('document', page);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const dispatch = (type: string) => page.dispatchEvent(new Event(type));
  return {
    dispatch,
    freeze: () => dispatch('freeze'),
    resume: () => dispatch('resume'),
    /** What `open` comes to in another context, that is never frozen. */
    elsewhere: <T>(open: () => T): T => {
      vi.stubGlobal('document', undefined);
      const opened = open();
      vi.stubGlobal('document', page);
      return opened;
    },
  };
}
