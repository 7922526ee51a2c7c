import { afterEach, expect, test, vi } from 'vitest';
import { defaultObserver } from '../../../src/core/reports/default-observer.ts';
import { oddErrors } from '../../../src/testing/conformance/odd-errors.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Reads the name and message of an error, as consoles do when they print a stack. */
function readingConsole(): unknown[][] {
  const printed: unknown[][] = [];
  vi.spyOn(console, 'error').mockImplementation((...given) => {
    const error = given[1] as Error | undefined;
    printed.push([given[0], `${error?.name} ${error?.message}`]);
  });
  return printed;
}

test('default observer: an error that a console cannot print is printed as a description', () => {
  const printed = readingConsole();
  const about = { type: 'handler-error', channel: 'orders', eventId: 'id', attempts: 1 } as const;
  const errors = oddErrors();
  for (const { error } of errors) defaultObserver({ ...about, error });
  expect(printed.length).toBe(errors.length);
  expect(printed.map(([text]) => text)).toEqual(
    errors.map(() => 'ackline: handler-error on orders, event id, attempt 1'),
  );
  expect(printed.at(-1)?.[1]).toBe('object cannot be read');
});
