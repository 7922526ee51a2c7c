// This import is the first, so that modules which are loaded later find another `Promise`, as in an Angular application or
// with the zone context of OpenTelemetry.
import 'zone.js/node';
import { expect, test, vi } from 'vitest';
import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

/** zone.js reports unhandled rejections with console.error. */
const complain = vi.spyOn(console, 'error');

test('zone.js: async functions return promises that are no instance of the global Promise', () => {
  const answer: unknown = (async () => undefined)();
  expect(answer instanceof Promise).toBe(false);
});

for (const [backendName, backend] of Object.entries(testedBackends))
  runConformance(`${backendName} under zone.js`, backend);

test('zone.js: reported no unhandled rejection', () => {
  expect(complain).not.toHaveBeenCalled();
});
