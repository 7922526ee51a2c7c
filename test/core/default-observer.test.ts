import { afterEach, expect, test, vi } from 'vitest';
import { defaultObserver } from '../../src/core/default-observer.ts';
import { oddErrors } from '../../src/testing/conformance/odd-errors.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Looks into errors as consoles do when they print a stack. */
function nosyConsole(): unknown[][] {
  const printed: unknown[][] = [];
  vi.spyOn(console, 'error').mockImplementation((...given) => {
    const error = given[1] as Error | undefined;
    printed.push([given[0], `${error?.name} ${error?.message}`]);
  });
  return printed;
}

test('the default observer prints every error, also one that a console cannot print', () => {
  const printed = nosyConsole();
  const about = { type: 'handler-error', channel: 'orders', eventId: 'id', attempts: 1 } as const;
  const errors = oddErrors();
  for (const { error } of errors) defaultObserver({ ...about, error });
  expect(printed.length).toBe(errors.length);
  expect(printed.map(([text]) => text)).toEqual(
    errors.map(() => 'ackline: handler-error on orders, event id, attempt 1'),
  );
  expect(printed.at(-1)?.[1]).toBe('object cannot be read');
});
