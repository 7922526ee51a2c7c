// Covers src/backends/nats/*.ts
import { describe, expect, test } from 'vitest';
import { natsServerPath } from '../nats-server.ts';
import { runCluster } from './run-cluster.ts';

/**
 * A consumer of Debian's server, 2.9, may forget after a change of its leader which events it has delivered, or which ones were
 * acknowledged, and a leader that is cut off delivers beside the new one, under older numbers; see docs/decisions/0080. The stream
 * keeps them.
 */
const FORGOTTEN: readonly string[] = [
  'lost',
  'redelivered-after-ack',
  'two-leases',
  'lease-went-back',
  'attempts-went-back',
  'stale-settlement',
];

function isForgotten(rule: string, version: string): boolean {
  return version.startsWith('2.9.') && FORGOTTEN.includes(rule);
}

describe.runIf(natsServerPath)('NATS', () => {
  test('three servers: no acknowledged publish is lost when one is killed, the leader is killed, and the leader is cut off', {
    timeout: 120_000,
  }, async () => {
    const options = { publishes: 3_000, seed: 1 };
    const result = await runCluster({ ...options, faults: ['kill', 'kill-leader', 'cut-off'] });
    expect(result).toMatchObject({ published: options.publishes, stored: options.publishes });
    const { violations, version } = result;
    const others = violations.filter(({ rule }) => !isForgotten(rule, version));
    expect(others).toEqual([]);
  });
});
