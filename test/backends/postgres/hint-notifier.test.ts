import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/backends/postgres/connection.ts';
import { HintNotifier } from '../../../src/backends/postgres/hint-notifier.ts';
import { deferred } from '../../support/deferred.ts';

/** A notifier whose connection is lost while it begins to listen, and which then listens over another one. */
function openNotifier() {
  const runtime = new ManualRuntime();
  const lost = deferred();
  let calls = 0;
  let listening = 0;
  const listen: Connection['listen'] = async () => {
    calls += 1;
    if (calls === 1) await lost.promise;
    listening += 1;
    return () => {
      listening -= 1;
      return undefined;
    };
  };
  const connection: Connection = { query: async () => undefined, listen };
  const notifier = new HintNotifier({ connection, runtime, open: async () => undefined });
  const wait = () => notifier.subscribe('orders', () => undefined, 1_000);
  return { notifier, runtime, lost, wait, listening: () => listening };
}

test('a LISTEN that fails after another one has begun leaves that one to be stopped at the shutdown', async () => {
  const { notifier, runtime, lost, wait, listening } = openNotifier();
  wait();
  await runtime.settle();
  notifier.reset();
  wait();
  await runtime.settle();
  expect(listening()).toBe(1);
  lost.reject(new Error('the connection was lost'));
  await runtime.advance(10_000);
  wait();
  await runtime.settle();
  expect(listening()).toBe(1);
  notifier.close();
  expect(listening()).toBe(0);
});

test('a LISTEN that fails is tried again after a pause', async () => {
  const { notifier, runtime, lost, wait, listening } = openNotifier();
  wait();
  lost.reject(new Error('the connection was lost'));
  await runtime.advance(10_000);
  wait();
  await runtime.settle();
  expect(listening()).toBe(1);
  notifier.close();
  expect(listening()).toBe(0);
});
