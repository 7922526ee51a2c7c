// Covers src/react/*.ts, src/vue/*.ts
import { type DeadLetter, EventChannel, memoryBackend } from 'ackline';
import type { StatsSnapshot } from 'ackline/inspection';
import {
  type MembersSnapshot,
  useDeadLetters,
  useListener,
  useMembers,
  useStats,
} from 'ackline/react';
import { useDeadLetters as useVueDeadLetters, useListener as useVueListener } from 'ackline/vue';
import { expectTypeOf, test } from 'vitest';
import { type ShallowRef, shallowRef } from 'vue';

type Shop = { orders: { readonly total: number }; greeting: string };

const events = new EventChannel<Shop>({ backend: memoryBackend() });
const maybe = events as EventChannel<Shop> | null | undefined;

test('useListener: the payload has the type of its channel, with and without a channel object', () => {
  useListener(events, 'orders', ({ payload }) => expectTypeOf(payload.total).toBeNumber());
  useListener(maybe, 'greeting', ({ payload }) => expectTypeOf(payload).toBeString());
  useVueListener(shallowRef(events), 'orders', ({ payload }) =>
    expectTypeOf(payload.total).toBeNumber(),
  );
  useVueListener(
    () => maybe,
    () => 'greeting' as const,
    ({ payload }) => expectTypeOf(payload).toBeString(),
  );
  // @ts-expect-error -- a channel that the schema lacks
  useListener(events, 'order', () => {});
  // @ts-expect-error -- an option that publishes only
  useListener(events, 'orders', () => {}, { maxEventBytes: 5 });
  // @ts-expect-error -- a channel that the schema lacks
  useVueListener(events, 'order', () => {});
});

test('the other hooks: the types of their stores', () => {
  expectTypeOf(useStats(maybe, 'orders')).toEqualTypeOf<StatsSnapshot>();
  expectTypeOf(useMembers(events, 'orders')).toEqualTypeOf<MembersSnapshot>();
  expectTypeOf(useDeadLetters(events, 'orders').letters).toEqualTypeOf<
    readonly DeadLetter<Shop['orders']>[] | undefined
  >();
  const letters = useVueDeadLetters(shallowRef(maybe), 'greeting');
  expectTypeOf(letters).toExtend<Readonly<ShallowRef<unknown>>>();
  expectTypeOf(letters.value.letters).toEqualTypeOf<readonly DeadLetter<string>[] | undefined>();
  // @ts-expect-error -- a channel that the schema lacks
  useStats(events, 'order');
  // @ts-expect-error -- neither a channel nor a backend
  useStats({}, 'orders');
});
