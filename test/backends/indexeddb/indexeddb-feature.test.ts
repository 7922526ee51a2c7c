// Covers src/backends/indexeddb/all-features.ts
import { EventChannel } from 'ackline';
import { createGroup } from 'ackline/groups';
import {
  allFeatures,
  cancelFeature,
  dependenciesFeature,
  groupsFeature,
  type IndexedDbFeature,
  indexedDbBackend,
  maxBacklogFeature,
  memoryFallback,
  redriveFeature,
  replaceFeature,
} from 'ackline/indexeddb';
import { browse } from 'ackline/inspection';
import { describe, expect, test } from 'vitest';
import { combined, FEATURE_NAMES } from '../../../src/backends/indexeddb/indexeddb-feature.ts';
import { openDatabase } from './open-indexeddb.ts';

/** Two contexts over one database: one with all features, and one with none. */
function openBoth() {
  const { open } = openDatabase();
  const channel = (features: readonly IndexedDbFeature[]) =>
    new EventChannel({ backend: open({ features }), observer: () => {} });
  return { full: channel(allFeatures), plain: channel([]) };
}

describe('a backend without features', () => {
  const calls: Readonly<Record<string, (events: EventChannel) => Promise<unknown>>> = {
    redriveFeature: (events) => events.redrive('a'),
    'redriveFeature, for purge': (events) => events.purge('a'),
    cancelFeature: (events) => events.cancel('a', 'one'),
    replaceFeature: (events) => events.publish('a', 1, null, { key: 'k', replaces: 'waiting' }),
    maxBacklogFeature: (events) => events.publish('a', 1, null, { maxBacklog: 1 }),
    dependenciesFeature: (events) => events.publish('a', 1, null, { after: 'other' }),
    groupsFeature: async (events) => createGroup(events, 'a', 'mail'),
  };
  for (const [name, call] of Object.entries(calls))
    test(`what needs ${name} is refused, the error names it, and nothing is stored`, async () => {
      const { plain } = openBoth();
      const feature = name.split(',')[0] as string;
      await expect(call(plain)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining(`without ${feature} in its features`),
      });
      expect(await plain.stats('a')).toMatchObject({ ready: 0, scheduled: 0 });
    });

  test('has no method of a verb that it does not declare, also with a fallback', () => {
    const { open } = openDatabase();
    for (const backend of [
      open({ features: [] }),
      open({ features: [], fallback: memoryFallback }),
    ])
      expect([backend.redrive, backend.purge, backend.cancel]).toEqual(Array(3).fill(undefined));
  });

  test('claims nothing while an event may have to be let go, and says so', async () => {
    const { full, plain } = openBoth();
    const after = await full.publish('a', 'first', null, { retentionMs: 60_000 });
    await full.publish('a', 'second', null, { after });
    await expect(plain.dequeue('a')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('dependenciesFeature'),
    });
    await (await full.dequeue('a'))?.ack();
    expect((await full.dequeue('a'))?.payload).toBe('second');
  });

  test('leaves out what a context with features has cancelled and replaced', async () => {
    const { full, plain } = openBoth();
    const cancelled = await full.publish('a', 'cancelled');
    const draft = { key: 'k', replaces: 'waiting' } as const;
    for (const payload of ['first draft', 'second draft'])
      await full.publish('a', payload, null, draft);
    await full.publish('a', 'plain');
    expect(await full.cancel('a', cancelled)).toBe('ok');
    const taken = await plain.dequeueMany('a', 10);
    expect(taken.map(({ payload }) => payload)).toEqual(['second draft', 'plain']);
  });
});

describe('a backend without groupsFeature, in a channel with groups', () => {
  test('claims reject and name the feature, and the events reach their groups', async () => {
    const { full, plain } = openBoth();
    await plain.publish('a', 'before');
    await createGroup(full, 'a', 'mail');
    await plain.publish('a', 'at once');
    await plain.publish('a', 'with a key', null, { key: 'k' });
    const dequeue = () => plain.dequeueMany('a', 10, { pollIntervalMs: 0 });
    // The event before the group is one of the plain queue alone.
    expect((await dequeue()).map(({ payload }) => payload)).toEqual(['before']);
    await expect(dequeue()).rejects.toMatchObject({
      code: 'unsupported',
      channel: 'a',
      message: expect.stringContaining('groupsFeature'),
    });
    const mail = await full.dequeueMany('a', 10, { group: 'mail' });
    expect(mail.map(({ payload }) => payload)).toEqual(['at once', 'with a key']);
  });

  test('counts and pages are refused, because they would lack what is not copied yet', async () => {
    const { full, plain } = openBoth();
    await createGroup(full, 'a', 'mail');
    const eventId = await plain.publish('a', 1);
    await expect(plain.stats('a')).rejects.toMatchObject({ code: 'unsupported' });
    const browsed = browse(plain, 'a', { state: 'ready' });
    await expect(browsed).rejects.toMatchObject({ code: 'unsupported' });
    expect((await full.dequeue('a', { group: 'mail' }))?.eventId).toBe(eventId);
  });

  test('cancel is refused, because the event may be a copy in each group', async () => {
    const { open } = openDatabase();
    const full = new EventChannel({ backend: open() });
    const features = allFeatures.filter((feature) => feature !== groupsFeature);
    const other = new EventChannel({ backend: open({ features }) });
    await createGroup(full, 'a', 'mail');
    const eventId = await other.publish('a', 1);
    await expect(other.cancel('a', eventId)).rejects.toMatchObject({ code: 'unsupported' });
    expect(await full.cancel('a', eventId)).toBe('ok');
    expect((await full.dequeue('a', { group: 'mail' }))?.eventId).toBe(eventId);
  });
});

test('a feature is enough for its verbs', async () => {
  const { open } = openDatabase();
  const events = new EventChannel({
    backend: open({ features: [redriveFeature] }),
    observer: () => {},
  });
  await events.publish('a', 1);
  await (await events.dequeue('a'))?.reject();
  expect(await events.redrive('a')).toBe(1);
  expect((await events.dequeue('a'))?.redriven).toMatchObject({ reason: 'rejected' });
});

test('features and fallback: the store in memory has the verbs, too', async () => {
  const open = () => {
    throw new DOMException('storage is blocked', 'SecurityError');
  };
  const backend = indexedDbBackend({
    database: 'blocked',
    indexedDB: { open } as unknown as IDBFactory,
    fallback: memoryFallback,
    features: allFeatures,
  });
  const events = new EventChannel({ backend, observer: () => {} });
  const eventId = await events.publish('a', 1);
  expect(backend.status()).toMatchObject({ storage: 'memory' });
  expect(await events.cancel('a', eventId)).toBe('ok');
  expect(await createGroup(events, 'a', 'mail')).toBe(true);
  await events.shutdown();
});

test('features: another value is refused', () => {
  for (const features of ['redrive', ['redriveFeature'], [undefined], [{}]])
    expect(() => indexedDbBackend({ database: 'shop', features: features as never })).toThrow(
      /^(each of features must be a feature|features must be an array of features) of ackline\/indexeddb/,
    );
});

test('each feature is exported under the name that errors give it', () => {
  const exported: Readonly<Record<string, IndexedDbFeature>> = {
    ...{
      cancelFeature,
      dependenciesFeature,
      groupsFeature,
      maxBacklogFeature,
      redriveFeature,
      replaceFeature,
    },
  };
  const { capabilities } = combined(allFeatures);
  for (const [capability, name] of Object.entries(FEATURE_NAMES)) {
    const feature = exported[name];
    expect(allFeatures).toContain(feature);
    expect(feature?.capabilities).toMatchObject({ [capability]: true });
    expect(capabilities).toMatchObject({ [capability]: true });
  }
  const named = allFeatures.flatMap((feature) => Object.keys(feature.capabilities));
  expect(named.sort()).toEqual(Object.keys(FEATURE_NAMES).sort());
});
