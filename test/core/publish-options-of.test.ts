import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/core/options/options.ts';
import { publishOptionsOf } from '../../src/core/publish-options-of.ts';

const { maxEventBytes } = DEFAULT_SETTINGS;

test('publishOptionsOf: a plain publish with the default settings has no options', () => {
  expect(publishOptionsOf(DEFAULT_SETTINGS, undefined)).toBe(undefined);
});

test('publishOptionsOf: settings of the channel that differ from the defaults are options', () => {
  const of = (settings: object) =>
    publishOptionsOf({ ...DEFAULT_SETTINGS, ...settings }, undefined);
  expect(of({ maxEventBytes: 5 })).toEqual({ maxEventBytes: 5 });
  expect(of({ maxBacklog: 7 })).toEqual({ maxBacklog: 7, whenFull: 'reject', maxEventBytes });
  expect(of({ retentionMs: 1 })).toEqual({ retentionMs: 1, maxEventBytes });
  expect(of({ dedupeWindowMs: 5, whenFull: 'drop-oldest' })).toBe(undefined);
});

test('publishOptionsOf: an option of the publish overrides the setting of its channel', () => {
  const settings = {
    ...{ ...DEFAULT_SETTINGS, maxEventBytes: 5, maxBacklog: 7, retentionMs: 9, dedupeWindowMs: 3 },
  };
  const options = { maxEventBytes: 6, maxBacklog: 8, retentionMs: 1 } as const;
  expect(publishOptionsOf(settings, options)).toEqual({ ...options, whenFull: 'reject' });
  const dropping = publishOptionsOf(settings, { maxBacklog: 8, whenFull: 'drop-oldest' });
  expect(dropping).toMatchObject({ maxBacklog: 8, whenFull: 'drop-oldest', maxEventBytes: 5 });
});

test('publishOptionsOf: only an event with an id has a dedupeWindowMs', () => {
  const of = (options: object) => publishOptionsOf(DEFAULT_SETTINGS, options);
  expect(of({})).toEqual({ maxEventBytes });
  expect(of({ delayMs: 5 })).toEqual({ delayMs: 5, maxEventBytes });
  expect(of({ id: 'x' })).toEqual({
    ...{ id: 'x', dedupeWindowMs: DEFAULT_SETTINGS.dedupeWindowMs, maxEventBytes },
  });
  expect(of({ id: 'x', dedupeWindowMs: 0 })).toMatchObject({ dedupeWindowMs: 0 });
});
