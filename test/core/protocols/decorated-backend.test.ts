import { expect, test } from 'vitest';
import { decoratedBackend } from '../../../src/core/protocols/decorated-backend.ts';

class Counter {
  #count = 0;
  readonly name = 'counter';

  add(by: number): number {
    this.#count += by;
    return this.#count;
  }

  get count(): number {
    return this.#count;
  }
}

test('decoratedBackend: methods and getters work on the private fields of the backend itself', () => {
  const counter = new Counter();
  const decorated = decoratedBackend(counter, {}) as Counter;
  expect([decorated.add(2), decorated.count, counter.count]).toEqual([2, 2, 2]);
  const { add } = decorated;
  expect(add(1)).toBe(3);
});

test('decoratedBackend: a method is the same function at each use', () => {
  const decorated = decoratedBackend(new Counter(), {}) as Counter;
  expect(decorated.add).toBe(decorated.add);
  expect(decorated.add).not.toBe(Counter.prototype.add);
});

test('decoratedBackend: a changed property replaces that of the backend, also by undefined', () => {
  const counter = new Counter();
  const decorated = decoratedBackend(counter, { name: undefined, add: () => 9 }) as Counter;
  expect([decorated.name, decorated.add(1), counter.count, counter.name]).toEqual([
    undefined,
    9,
    0,
    'counter',
  ]);
});

test('decoratedBackend: has the properties and the type of the backend', () => {
  const decorated = decoratedBackend(new Counter(), {});
  expect(decorated).toBeInstanceOf(Counter);
  expect(['name' in decorated, 'add' in decorated, 'other' in decorated]).toEqual([
    true,
    true,
    false,
  ]);
});
