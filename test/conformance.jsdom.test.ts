// This import is the first, so that modules which are loaded later find the classes of jsdom.
import './setup/jsdom-globals.ts';
import { expect, test } from 'vitest';
import { testedBackends } from './backends.ts';
import { runConformance } from './run-conformance.ts';

test('jsdom: the test runs with its AbortSignal, without the methods that Jest 29 lacks', () => {
  const { signal } = new AbortController();
  expect(signal).toBeInstanceOf(window.AbortSignal);
  expect(['throwIfAborted' in signal, 'any' in AbortSignal]).toEqual([false, false]);
});

for (const backendName of ['memory', 'memory (synchronous)'] as const)
  runConformance(`${backendName} in jsdom`, testedBackends[backendName]);
