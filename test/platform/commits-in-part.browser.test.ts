import { expect, test } from 'vitest';
import { commitsInPart } from '../../src/platform/commits-in-part.ts';

test('WebKit is recognised, and no other engine is taken for it', () => {
  expect(commitsInPart()).toBe(!/Chrome|Firefox/.test(navigator.userAgent));
});
