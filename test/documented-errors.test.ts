import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventChannel, memoryBackend } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { expect, test } from 'vitest';
import { root } from './package/paths.ts';
import { publicNames } from './reference/public-names.ts';

/** The calls that give the messages which docs/errors.md quotes. */
const document = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const [, quoted = ''] = /## TypeError\n[^`]*```\n([^`]*)```/.exec(document) ?? [];

// These values have wrong types too.
const events = new EventChannel<Record<string, unknown>>({ backend: memoryBackend() });
const give = (value: unknown) => value as never;
const dequeued = async () => {
  await events.publish('quoted', 1);
  return (await events.dequeue('quoted')) as NonNullable<
    Awaited<ReturnType<typeof events.dequeue>>
  >;
};

const PROVOKED: readonly (() => unknown)[] = [
  () => new EventChannel({ backend: memoryBackend(), leaseMs: -5 }),
  () => new EventChannel({ backend: memoryBackend(), leaseMs: 1e20 }),
  () => new EventChannel({ backend: memoryBackend(), maxAttempts: 0 }),
  () => new EventChannel(give({ backend: memoryBackend(), leaseMss: 1 })),
  () => indexedDbBackend(give('shop')),
  () => new EventChannel(give(memoryBackend())),
  () => indexedDbBackend({ database: 'shop', durability: give('safe') }),
  () => events.publish('quoted', 1, null, give({ prio: 1 })),
  async () => (await dequeued()).nack(give({ delay: 1 })),
  async () => (await dequeued()).reject(give(new Error('boom'))),
  () => events.publish('order placed', 1),
  () => events.publish('quoted', 1, give(5)),
  () => new EventChannel({ backend: give({}) }),
  () => indexedDbBackend({ database: '' }),
];

test('docs/errors.md: quotes every message of a TypeError exactly', async () => {
  const messages: string[] = [];
  for (const provoke of PROVOKED) {
    const error = await Promise.resolve()
      .then(provoke)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    messages.push((error as TypeError).message);
  }
  expect(quoted.trimEnd().split('\n')).toEqual(messages);
  await events.shutdown();
});

test('docs/errors.md: has a row for each code, and for no other', () => {
  const source = readFileSync(join(root, 'src/core/reports/errors.ts'), 'utf8');
  const [, union = ''] = /type AcklineErrorCode =([^;]*);/.exec(source) ?? [];
  const codes = [...union.matchAll(/'([\w-]+)'/g)].map(([, code]) => code);
  const [, table = ''] = /## AcklineError\n([\s\S]*?)\n## /.exec(document) ?? [];
  const rows = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(5);
  expect(rows.toSorted()).toEqual(codes.toSorted());
});

test('docs/errors.md: names every class of errors of every entry', () => {
  const classes = publicNames().filter(({ signature }) =>
    /^class \w+ extends (?:\w*Error)\b/.test(signature),
  );
  expect(classes.length).toBeGreaterThan(6);
  const unnamed = classes.filter(({ name }) => !document.includes(name));
  expect(unnamed.map(({ entry, name }) => `${entry}: ${name}`)).toEqual([]);
});

test('docs/ingress.md: names every code of an answer', () => {
  const codes = publicNames()
    .find(({ name }) => name === 'ProblemCode')
    ?.signature.match(/'[^']+'/g);
  expect(codes?.length).toBeGreaterThan(10);
  const page = readFileSync(join(root, 'docs/ingress.md'), 'utf8');
  for (const code of codes ?? []) expect(page).toContain(`\`${code.slice(1, -1)}\``);
});
