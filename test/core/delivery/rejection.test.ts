import { expect, test } from 'vitest';
import { rejection } from '../../../src/core/delivery/rejection.ts';

test('rejection: it rejects with the same value', async () => {
  const error = { reason: 'any value' };
  await expect(rejection(error)).rejects.toBe(error);
});
