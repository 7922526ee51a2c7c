// Covers src/inspector/define-inspector.ts, src/inspector.ts
import { defineInspector } from 'ackline/inspector';
import { expect, test } from 'vitest';

test('defineInspector: on a server it says what to do, and the import does nothing', () => {
  expect(() => defineInspector()).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringContaining('call defineInspector in a page'),
    }),
  );
});
