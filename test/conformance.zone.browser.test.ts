// As test/conformance.zone.test.ts, in browsers.
import 'zone.js';
import { expect, test, vi } from 'vitest';
import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

/** zone.js reports unhandled rejections with console.error. */
const complain = vi.spyOn(console, 'error');

test('zone.js: async functions return promises that are no instance of the global Promise', () => {
  const answer: unknown = (async () => undefined)();
  expect(answer instanceof Promise).toBe(false);
});

for (const backendName of ['memory', 'IndexedDB', 'broadcast'] as const)
  runConformance(`${backendName} under zone.js`, testedBackends[backendName]);

test('zone.js: reported no unhandled rejection', () => {
  expect(complain).not.toHaveBeenCalled();
});
