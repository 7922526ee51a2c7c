// Covers src/backends/indexeddb/database/refused-values.ts
import { expect, test } from 'vitest';
import { openDatabase, payloadsOf } from './open-indexeddb.ts';

/** The smallest module has a header only. */
function wasmModule(): WebAssembly.Module {
  return new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
}

test('a value that can be cloned but not stored fails its own publish, with its path', async () => {
  const backend = openDatabase().open();
  const odd = { tools: [{ module: wasmModule() }] };
  structuredClone(odd);
  const refusal = { code: 'not-cloneable', channel: 'a', path: 'payload.tools[0].module' };
  const publishes = [1, odd, 2].map((payload) => backend.publish('a', payload));
  expect(await Promise.allSettled(publishes)).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: refusal },
    { status: 'fulfilled' },
  ]);
  await expect(
    backend.publish('a', 1, { module: wasmModule() }, { delayMs: 5 }),
  ).rejects.toMatchObject({ ...refusal, path: 'metadata.module' });
  await backend.publish('a', 3);
  expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([1, 2, 3]);
});
