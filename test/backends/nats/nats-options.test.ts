// Covers src/backends/nats/nats-options.ts, src/backends/nats/names.ts
import { natsBackend } from 'ackline/nats';
import { expect, test } from 'vitest';
import { nameOfToken, tokenOf } from '../../../src/backends/nats/names.ts';

test('tokenOf: no two names have the same token, and each token is one part of a subject', () => {
  const names = ['a.b', 'a:b', 'a/b', 'a_b', 'a-b', 'order.placed:v2/x-y_z'];
  const tokens = names.map(tokenOf);
  expect(new Set(tokens).size).toBe(names.length);
  expect(tokens.filter((token) => /[\s.*>/\\]/.test(token))).toEqual([]);
  expect(tokens.map(nameOfToken)).toEqual(names);
});

test('natsBackend: refuses bad options with option, expectation and value', () => {
  const connection = { request: () => 1, status: () => 1 };
  for (const [options, message] of [
    [undefined, 'options must be an object with connection, got undefined'],
    [{}, 'connection must be a connection of @nats-io/transport-node or @nats-io/nats-core'],
    [{ connection, prefix: 'a.b' }, 'prefix must be a string that matches'],
    [{ connection, apiPrefix: '' }, 'apiPrefix must be a subject without wildcards, got ""'],
    [{ connection, apiPrefix: '$JS API' }, 'apiPrefix must be a subject without wildcards'],
    [{ connection, apiPrefix: '$JS.>' }, 'apiPrefix must be a subject without wildcards'],
    [{ connection, replicas: 6 }, 'replicas must be 1 or 2 or 3 or 4 or 5, got 6'],
    [{ connection, storage: 'disk' }, "storage must be 'file' or 'memory', got \"disk\""],
    [{ connection, maxBytes: 0 }, 'maxBytes must be a whole number from 1, got 0'],
    [{ connection, maxMessages: 0.5 }, 'maxMessages must be a whole number from 1, got 0.5'],
    [{ connection, leaseMs: 99 }, 'leaseMs must be a whole number of milliseconds from 100 to'],
    [{ connection, leaseMs: 500n }, 'leaseMs must be a whole number of milliseconds from 100, got'],
    [{ connection, leaseMs: {} }, 'leaseMs must be a whole number of milliseconds from 100, got'],
    [{ connection, leaseMs: 500, marginMs: 500 }, 'marginMs must be below leaseMs, 500, got 500'],
    [{ connection, dedupeWindowMs: 0 }, 'dedupeWindowMs must be a whole number of milliseconds'],
    [{ connection, maxDeadLetters: 0 }, 'maxDeadLetters must be a whole number from 1, got 0'],
    [{ connection, requestTimeoutMs: 0 }, 'requestTimeoutMs must be a whole number'],
    [{ connection, runtime: {} }, 'runtime must be a Runtime'],
    [{ connection, constructor: 1 }, 'there is no option "constructor"'],
    [{ connection, url: 'x' }, 'there is no option "url"'],
  ] as const)
    expect(() => natsBackend(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) }),
    );
});
