// The first import: what is loaded after it finds another `Promise`, as in an Angular application or under OpenTelemetry's
// zone context.
import 'zone.js/node';
import { expect, test, vi } from 'vitest';
import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

/** By it zone.js complains about rejections that nobody handled in time. */
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
