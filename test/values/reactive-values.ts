import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDraft, enableMapSet } from 'immer';
import { observable } from 'mobx';
import { createPinia, defineStore, setActivePinia } from 'pinia';
import { compileModule } from 'svelte/compiler';
import { reactive, readonly, shallowReactive } from 'vue';

enableMapSet();

/** Compiles a `$state` rune as a page does. Svelte compiles runes only in files named `.svelte.js`. */
async function compileState(): Promise<(value: unknown) => unknown> {
  const source = 'export function state(value) { let made = $state(value); return made; }';
  const { js } = compileModule(source, { filename: 'state.svelte.js', generate: 'client' });
  const folder = new URL('../.tmp/', import.meta.url);
  const file = new URL(`state-${process.pid}.svelte.js`, folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, js.code);
  const { state } = await import(/* @vite-ignore */ fileURLToPath(file));
  return state;
}

function piniaState<T extends object>(state: T): T {
  setActivePinia(createPinia());
  return defineStore('store', { state: () => state })().$state as T;
}

/** Each function makes reactive state of a plain value. */
export const WRAPPERS: Readonly<Record<string, (value: object) => object>> = {
  'Vue reactive': reactive,
  'Vue readonly': (value) => readonly(reactive(value)),
  'Vue shallowReactive': shallowReactive,
  'Pinia state': piniaState,
  'Svelte $state': (await compileState()) as (value: object) => object,
  'MobX observable': (value) => observable(value),
  'MobX observable, by reference': (value) => observable(value, {}, { deep: false }),
  'Immer draft': (value) => createDraft(value),
};
