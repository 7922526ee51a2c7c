// Covers src/core/runtime/tagged.ts, and what the entries make: channels, backends, stores, outboxes.
import { expect, test } from 'vitest';
import { entrySources } from '../setup/entry-sources.mjs';
import { MAKE_NO_OBJECT, PUBLIC_OBJECTS } from './public-objects.ts';
import { WRAPPERS } from './reactive-values.ts';

const cases = Object.entries(PUBLIC_OBJECTS).flatMap(([name, make]) =>
  Object.entries(WRAPPERS).map(([wrapper, wrap]) => ({ name, make, wrapper, wrap })),
);

test.for(cases)('$wrapper leaves what $name makes as it is', async ({ make, wrap }) => {
  const { object, use } = make();
  const { kept } = wrap({ kept: object }) as { readonly kept: never };
  const isPlain = [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(object));
  if (!isPlain) expect(kept).toBe(object);
  await use(kept);
});

test('each export is among them, or makes no object', async () => {
  const exported = new Set<string>();
  for (const source of entrySources.values())
    for (const name of Object.keys(await import(`../../${source}`))) exported.add(name);
  const makers = Object.keys(PUBLIC_OBJECTS).map((name) => name.split(/,| of /)[0] ?? '');
  expect([...new Set([...makers, ...MAKE_NO_OBJECT])].sort()).toEqual([...exported].sort());
});
