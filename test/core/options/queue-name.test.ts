// Covers src/core/options/queue-name.ts, src/core/options/retry-now-options.ts
import { expect, test } from 'vitest';
import {
  channelOfQueue,
  checkGroupName,
  groupOfQueue,
  queueName,
} from '../../../src/core/options/queue-name.ts';
import { retryReasonOf } from '../../../src/core/options/retry-now-options.ts';

test('queueName: the name of a queue has its channel and its group', () => {
  expect(queueName({ channel: 'a' })).toBe('a');
  expect(queueName({ channel: 'a', group: undefined })).toBe('a');
  for (const [channel, group] of [
    ['a', 'g'],
    ['order.placed', 'search/1'],
  ] as const) {
    const queue = queueName({ channel, group });
    expect([queue, channelOfQueue(queue), groupOfQueue(queue)]).toEqual([
      `${channel}@${group}`,
      channel,
      group,
    ]);
  }
  expect([channelOfQueue('a'), groupOfQueue('a')]).toEqual(['a', undefined]);
});

test('queueName: a queue without a channel in front has an empty one, which no channel may be', () => {
  expect([channelOfQueue('@g'), groupOfQueue('@g')]).toEqual(['', 'g']);
});

test('checkGroupName: the rule is that of channels', () => {
  for (const name of ['g', '_x', 'a.b:c/d-1', 'g'.repeat(128)]) checkGroupName(name);
  for (const name of ['', '1g', 'a b', 'a@b', 'g'.repeat(129), 5, null, ['g']])
    expect(() => checkGroupName(name)).toThrow(/^group must be a string that matches /);
});

test('retryReasonOf: offline or nothing, and no other option', () => {
  expect([
    retryReasonOf(undefined),
    retryReasonOf({}),
    retryReasonOf({ reason: undefined }),
  ]).toEqual([undefined, undefined, undefined]);
  expect(retryReasonOf({ reason: 'offline' })).toBe('offline');
  expect(() => retryReasonOf({ reason: 'online' as never })).toThrow('reason must be');
  expect(() => retryReasonOf({ group: 'g' })).toThrow('retryNow has no option "group"');
  expect(() => retryReasonOf(5 as never)).toThrow('options must be an object');
});
