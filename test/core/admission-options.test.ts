// Covers src/core/admission.ts
import { describe, expect, test } from 'vitest';
import { admit, asItIs, checkMetadata, estimateBytes } from '../../src/core/admission.ts';
import type { PublishOptions } from '../../src/index.ts';

const optionsOf = (options: object) => admit({ channel: 'a', payload: 1, options }).options;

const name = 'x'.repeat(200);

/** What each option may be, and what it may not be. Options that it needs are in `beside`. */
const RANGES: Readonly<
  Record<
    Exclude<keyof PublishOptions, 'maxEventBytes'>,
    {
      readonly good: readonly unknown[];
      readonly bad: readonly unknown[];
      readonly beside?: object;
    }
  >
> = {
  maxBacklog: { good: [1, 5], bad: [0, 1.5, '1'] },
  whenFull: { good: ['reject', 'drop-oldest'], bad: ['drop', true], beside: { maxBacklog: 5 } },
  delayMs: { good: [0, 5], bad: [-1, 0.5, '5'] },
  availableAt: { good: [-1, 0.5, new Date(5)], bad: ['5', Number.NaN, Number.POSITIVE_INFINITY] },
  ttlMs: { good: [1], bad: [0, -1] },
  priority: { good: [-100, 0, 100], bad: [-101, 101, 0.5, '1'] },
  id: { good: ['i', name], bad: ['', `${name}x`, 5] },
  dedupeWindowMs: { good: [0, 1], bad: [-1], beside: { id: 'i' } },
  retentionMs: { good: [0, 1], bad: [-1] },
  key: { good: ['k', name], bad: ['', `${name}x`, 5] },
  after: { good: ['i', name], bad: ['', `${name}x`, 5] },
  onDeadLetter: { good: ['continue', 'block'], bad: ['stop', true], beside: { key: 'k' } },
  replaces: { good: ['waiting'], bad: ['leased', true], beside: { key: 'k' } },
  durability: { good: ['relaxed', 'strict'], bad: ['fast', true] },
  self: { good: [true, false], bad: [1, 'true'] },
  sql: { good: [{}, () => {}], bad: [null, 5, 'select'] },
};

describe('a publish option', () => {
  for (const [option, { good, bad, beside = {} }] of Object.entries(RANGES))
    test(`${option} is kept in its range, and refused by its name out of it`, () => {
      for (const value of good)
        expect(optionsOf({ ...beside, [option]: value })).toEqual({ ...beside, [option]: value });
      for (const value of bad)
        expect(() => optionsOf({ ...beside, [option]: value }), String(value)).toThrow(
          new RegExp(`^${option} must be `),
        );
    });

  test('maxEventBytes is 1 or more, and is no option of the stored event', () => {
    expect(optionsOf({ maxEventBytes: 100, delayMs: 0 })).toEqual({ delayMs: 0 });
    expect(() => optionsOf({ maxEventBytes: 0 })).toThrow(/^maxEventBytes must be /);
    expect(() => optionsOf({ maxEventBytes: 1 })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });

  test('that does not exist is refused by its name', () => {
    expect(() => optionsOf({ delay: 5 })).toThrow('there is no option "delay"');
  });
});

describe('publish options that depend on each other', () => {
  const refused: readonly (readonly [options: PublishOptions, message: string])[] = [
    [{ dedupeWindowMs: 5 }, 'dedupeWindowMs must be left out where no id is given'],
    [{ onDeadLetter: 'block' }, 'onDeadLetter must be left out where no key or after is given'],
    [{ replaces: 'waiting' }, 'replaces must be left out where no key is given'],
    [{ whenFull: 'reject' }, 'whenFull must be left out where no maxBacklog is given'],
    [{ delayMs: 0, availableAt: 5 }, 'availableAt must be left out where delayMs is given'],
    [{ priority: 1, key: 'k' }, 'priority must be left out where a key is given'],
    [{ after: 'x', key: 'k' }, 'after must be left out where a key is given'],
    [{ after: 'x', id: 'x' }, 'after must be the id of another event'],
  ];
  for (const [options, message] of refused)
    test(`${JSON.stringify(options)}: ${message}`, () => {
      expect(() => optionsOf(options)).toThrow(message);
    });

  const accepted: readonly PublishOptions[] = [
    { onDeadLetter: 'block', key: 'k' },
    { onDeadLetter: 'block', after: 'x' },
    { priority: 0, key: 'k' },
    { after: 'x', id: 'y' },
    { key: 'k', delayMs: 5, priority: 0 },
  ];
  for (const options of accepted)
    test(`${JSON.stringify(options)} is accepted`, () => {
      expect(optionsOf(options)).toEqual(options);
    });
});

test('metadata: an object or null that is not one of publish options', () => {
  for (const metadata of [null, {}, { trace: 1 }, { delayMs: 5, trace: 1 }])
    checkMetadata(metadata);
  for (const metadata of [undefined, 5, 'x', [], [1]])
    expect(() => checkMetadata(metadata)).toThrow('metadata must be an object or null');
  const names = [...Object.keys(RANGES), 'maxEventBytes', 'confirm', 'timeoutMs', 'onReceipt'];
  for (const option of names)
    expect(() => checkMetadata({ [option]: 5 })).toThrow(
      `only publish options (${option}): use publish(channel, payload, null, { ${option} })`,
    );
});

test('admit: a draft that is no object, and a channel that may not be, are refused', () => {
  for (const draft of [undefined, null, 5, [{ channel: 'a' }]])
    expect(() => admit(draft as never)).toThrow('event must be an object');
  expect(() => admit({ channel: 'no spaces', payload: 1 })).toThrow('channel must match');
});

test('admit: the size is that of payload and metadata, and unknown where the values are not examined', () => {
  const draft = { channel: 'a', payload: 'abc', metadata: { k: 1 } };
  expect(admit(draft).bytes).toBe(estimateBytes(['abc', { k: 1 }], 10_000));
  expect(admit(draft, asItIs)).toEqual({ ...draft, options: {}, bytes: 0 });
});

test('admit: an event of exactly maxEventBytes is accepted, and one more byte is not', () => {
  const { bytes } = admit({ channel: 'a', payload: 'abc' });
  const admitted = (maxEventBytes: number) =>
    admit({ channel: 'a', payload: 'abc', options: { maxEventBytes } }).bytes;
  expect(admitted(bytes)).toBe(bytes);
  expect(() => admitted(bytes - 1)).toThrow(
    `an event for a must be at most ${bytes - 1} bytes (maxEventBytes), got about ${bytes} or more`,
  );
});

test('estimateBytes: a blob, an error, a pattern and an empty object count what is stored of them', () => {
  const of = (value: unknown) => estimateBytes(value, 100_000);
  expect(of(new Blob(['abc']))).toBe(8 + 3);
  expect(of({})).toBe(8);
  expect(of(null)).toBe(8);
  expect(of(/abc/)).toBe(8 + 6);
  expect(of(new Map([['k', 1]]))).toBe(8 + 2 + 8);
  expect(of(new Set(['k']))).toBe(8 + 2);
  expect(of(new ArrayBuffer(5))).toBe(8 + 5);
  expect(of(new DOMException('abc'))).toBeGreaterThanOrEqual(8 + 6);
  const { stack } = new Error('abc');
  const error = Object.assign(new Error('abc', { cause: 'd' }), { stack });
  expect(of(error)).toBe(8 + 6 + 2 * String(stack).length + 2);
});
