import { afterEach, beforeEach, vi } from 'vitest';

/** Gives each test of the file a page that the test can freeze. hostage.e2e.test.ts has real pages. */
export function stubPage() {
  const frame = new EventTarget();
  // The stub stays for the whole file, because backends are shut down after the test.
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
    /** Calls `open` in another context, which is never frozen. */
    elsewhere: <T>(open: () => T): T => {
      vi.stubGlobal('document', undefined);
      const opened = open();
      vi.stubGlobal('document', page);
      return opened;
    },
  };
}
