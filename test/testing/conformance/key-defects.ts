import type { PublishOptions } from '../../../src/index.ts';
import { changed, type Full, type Verbs } from './letter-defects.ts';

/** The publish options without some of them. */
function without(options: PublishOptions | undefined, ...names: readonly string[]): PublishOptions {
  return Object.fromEntries(
    Object.entries(options ?? {}).filter(([name]) => !names.includes(name)),
  );
}

/** Defects of keys, with words from the name of a case that must find it. */
export const KEY_DEFECTS: Readonly<
  Record<string, readonly [caught: string, (full: Full) => Verbs]>
> = {
  'keys are ignored': [
    'events of one key are delivered one at a time',
    (full) => ({
      publish: (channel, payload, metadata, options) =>
        full.publish(
          channel,
          payload,
          metadata,
          without(options, 'key', 'onDeadLetter', 'replaces'),
        ),
    }),
  ],
  'a delivery lacks its key': [
    'events of one key are delivered one at a time',
    (full) => ({
      dequeue: async (...given) => changed(await full.dequeue(...given), { key: undefined }),
    }),
  ],
  'no dead letter blocks a key': [
    'a dead letter holds back its key until it is released',
    (full) => ({
      publish: (channel, payload, metadata, options) =>
        full.publish(channel, payload, metadata, without(options, 'onDeadLetter')),
    }),
  ],
  'releaseKey does nothing': [
    'a dead letter holds back its key until it is released',
    () => ({ releaseKey: async () => true }),
  ],
  'blockedKeys finds none': [
    'a dead letter holds back its key until it is released',
    () => ({ blockedKeys: async () => [] }),
  ],
  'nothing is replaced': [
    'replace: the newest of the waiting events',
    (full) => ({
      publish: (channel, payload, metadata, options) =>
        full.publish(channel, payload, metadata, without(options, 'replaces')),
    }),
  ],
};
