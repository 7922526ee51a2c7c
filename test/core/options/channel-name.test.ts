import { expect, test } from 'vitest';
import { checkChannelName } from '../../../src/core/options/channel-name.ts';

test('checkChannelName: the error for an invalid name states the rule and the value', () => {
  expect(() => checkChannelName('no spaces')).toThrow(
    new TypeError('channel must match /^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/, got "no spaces"'),
  );
});

test('checkChannelName: the error describes a value that is no string without calling its methods', () => {
  const hostile = {
    toString() {
      throw new Error('called');
    },
  };
  for (const name of [hostile, [hostile], Symbol('a'), null, undefined, 7])
    expect(() => checkChannelName(name)).toThrow(TypeError);
  expect(() => checkChannelName(hostile)).toThrow('got an object');
});
