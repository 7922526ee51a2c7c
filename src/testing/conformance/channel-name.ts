import { openBackend, takePayloads } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const VALID = [
  'a',
  '_',
  'Order.placed',
  'a:b/c-d_e.9',
  'x'.repeat(128),
  '__proto__',
  'constructor',
  'toString',
];

const INVALID: readonly unknown[] = [
  '',
  ' a',
  'a ',
  'a b',
  '1a',
  '.a',
  '-a',
  '/a',
  ':a',
  'é',
  'a*',
  'a\n',
  'a\u0000',
  'x'.repeat(129),
  undefined,
  null,
  42,
  ['a'],
  {},
];

export const channelNameCases: readonly ConformanceCase[] = [
  {
    name: 'channel: takes every valid name, as a line of its own',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      for (const name of VALID) await backend.publish(name, name);
      for (const name of VALID) expectEqual(await takePayloads(backend, name), [name], name);
    },
  },
  {
    name: 'channel: refuses every bad name in publish, naming the rule and the name',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      for (const name of INVALID)
        await expectRejects(
          () => backend.publish(name as string, 1),
          { name: 'TypeError', says: ['channel', '[A-Za-z_]', ', got '] },
          JSON.stringify(name) ?? 'undefined',
        );
    },
  },
  {
    name: 'channel: refuses every bad name in dequeue, dequeueMany, stats and deadLetters',
    requires: ['dequeueMany', 'stats', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      const verbs: readonly ((name: string) => Promise<unknown>)[] = [
        (name) => backend.dequeue(name, 0),
        (name) => backend.dequeueMany(name, 1, 0),
        (name) => backend.stats(name),
        (name) => backend.deadLetters(name, 1),
      ];
      for (const name of INVALID)
        for (const verb of verbs)
          await expectRejects(
            () => verb(name as string),
            { name: 'TypeError', says: ['channel', '[A-Za-z_]'] },
            JSON.stringify(name) ?? 'undefined',
          );
    },
  },
];
