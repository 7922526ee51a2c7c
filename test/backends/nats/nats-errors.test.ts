// Covers src/backends/nats/nats-errors.ts
import { expect, test } from 'vitest';
import { apiError } from '../../../src/backends/nats/nats-errors.ts';

test.each([
  ['no suitable peers for placement', 400, 10_005],
  ['JetStream system temporarily unavailable', 503, 10_008],
  ['a code of a newer server', 503, 10_999],
])(
  '%s: it may pass, so the call is repeated for requestTimeoutMs, and then unavailable',
  (description, code, err_code) => {
    const error = apiError(
      { code, err_code, description },
      'STREAM.CREATE.ackline_orders',
      'orders',
    );
    expect(error).toMatchObject({ code: 'unavailable', channel: 'orders' });
    expect(error.message).toContain(`${description} (${err_code})`);
  },
);

test('an answer that no repetition changes is no unavailable server', () => {
  const failure = { code: 400, err_code: 10_052, description: 'stream configuration is invalid' };
  expect(apiError(failure, 'STREAM.CREATE.x')).toMatchObject({ code: 'storage' });
});
