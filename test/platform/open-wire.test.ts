import { afterEach, expect, test, vi } from 'vitest';
import { openWire } from '../../src/platform/open-wire.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('openWire: opens a BroadcastChannel of that name', () => {
  const wire = openWire('open-wire');
  expect(wire?.name).toBe('open-wire');
  wire?.close();
});

test('openWire: is undefined without a BroadcastChannel, or where its use is forbidden', () => {
  vi.stubGlobal('BroadcastChannel', undefined);
  expect(openWire('missing')).toBe(undefined);
  const Forbidden = class {
    constructor() {
      throw new Error('SecurityError');
    }
  };
  vi.stubGlobal('BroadcastChannel', Forbidden);
  expect(openWire('forbidden')).toBe(undefined);
});
