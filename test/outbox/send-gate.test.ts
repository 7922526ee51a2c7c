import { expect, test, vi } from 'vitest';
import type { SendOutcome } from '../../src/outbox.ts';
import { manualNetwork, openFilled } from './open-outbox.ts';

const hold: SendOutcome = { result: 'hold', afterMs: 5_000, error: new Error('busy') };
const unreachable: SendOutcome = { result: 'unreachable', error: new Error('no answer') };

test('createOutbox: starts with one request and widens by one with each success, to maxConcurrency', async () => {
  const { requests, runtime, outbox } = await openFilled(20, { maxConcurrency: 3 });
  const running: number[] = [];
  for (let answered = 0; answered < 6; answered += 1) {
    running.push(requests.length - answered);
    requests[answered]?.answer({ result: 'done' });
    await runtime.settle();
  }
  expect(running).toEqual([1, 2, 3, 3, 3, 3]);
  await outbox.stop({ mode: 'release' });
});

test('hold: no event is sent meanwhile, no attempt counts, and one request begins again', async () => {
  const { requests, runtime, outbox, view } = await openFilled(9, { maxConcurrency: 3 });
  for (const at of [0, 1, 2]) {
    requests[at]?.answer({ result: 'done' });
    await runtime.settle();
  }
  expect(requests.length).toBe(6);
  const heldAt = runtime.now();
  requests[3]?.answer(hold);
  requests[4]?.answer({ result: 'done' });
  requests[5]?.answer({ result: 'done' });
  await runtime.settle();
  expect(view.getSnapshot()).toMatchObject({
    state: 'idle',
    nextAttemptAt: heldAt + 5_000,
    lastError: { message: 'busy' },
  });
  await runtime.advance(4_999);
  expect(requests.length).toBe(6);
  await runtime.advance(1);
  // The event that met the answer is not the first again, so it cannot hold up the others for ever.
  expect(requests.slice(6).map(({ delivery }) => delivery.payload)).toEqual([6]);
  await runtime.advance(100);
  requests[6]?.answer({ result: 'done' });
  await runtime.settle();
  const again = requests.find(({ delivery }, at) => at > 6 && delivery.payload === 3);
  expect(again?.delivery.attempts).toBe(1);
  await outbox.stop({ mode: 'release' });
});

test('hold: of failures at the same time only a longer Retry-After prolongs the wait', async () => {
  const { requests, runtime, outbox, view } = await openFilled(20, { backoffBaseMs: 60_000 });
  for (const at of [0, 1, 2]) {
    requests[at]?.answer({ result: 'done' });
    await runtime.settle();
  }
  requests[3]?.answer({ result: 'hold' });
  await runtime.settle();
  const { nextAttemptAt } = view.getSnapshot();
  requests[4]?.answer({ result: 'hold' });
  requests[5]?.answer({ result: 'hold', afterMs: 1 });
  await runtime.settle();
  // The longest of several random delays would bring all devices back at the same time.
  expect(view.getSnapshot().nextAttemptAt).toBe(nextAttemptAt);
  requests[6]?.answer({ result: 'hold', afterMs: 90_000 });
  await runtime.settle();
  expect(view.getSnapshot().nextAttemptAt).toBe(runtime.now() + 90_000);
  await outbox.stop({ mode: 'release' });
});

test('hold: 0 means at once, until the fourth failure in a row', async () => {
  const { requests, runtime, outbox } = await openFilled(1, {
    backoffBaseMs: 3_600_000,
    backoffMaxMs: 7_200_000,
  });
  for (let at = 0; at < 3; at += 1) {
    requests[at]?.answer({ result: 'hold', afterMs: 0 });
    await runtime.advance(1);
    expect(requests.length).toBe(at + 2);
  }
  requests[3]?.answer({ result: 'hold', afterMs: 0 });
  await runtime.advance(60_000);
  expect(requests.length).toBe(4);
  await runtime.advance(7_200_000);
  expect(requests.length).toBe(5);
  await outbox.stop({ mode: 'release' });
});

test('unreachable: the outbox waits for a back-off and the attempt does not count', async () => {
  const { requests, runtime, outbox, view } = await openFilled(2, { backoffBaseMs: 1_000 });
  requests[0]?.answer(unreachable);
  await runtime.settle();
  expect(view.getSnapshot()).toMatchObject({
    state: 'offline',
    lastError: { message: 'no answer' },
  });
  await runtime.advance(1_000);
  expect(requests[1]?.delivery).toMatchObject({ payload: 1, attempts: 1 });
  requests[1]?.answer({ result: 'done' });
  await runtime.advance(1_100);
  expect(requests[2]?.delivery).toMatchObject({ payload: 0, attempts: 1 });
  await outbox.stop({ mode: 'release' });
});

test('unreachable with a probe: nothing is sent until the probe reaches the server', async () => {
  const answers: boolean[] = [false, false, true];
  const probe = () => answers.shift() ?? true;
  const { requests, runtime, outbox, view } = await openFilled(1, { probe });
  requests[0]?.answer(unreachable);
  await runtime.settle();
  expect([answers.length, view.getSnapshot().state]).toEqual([2, 'offline']);
  for (let round = 0; round < 20 && answers.length > 0; round += 1) await runtime.advance(1_000);
  await runtime.advance(200);
  expect(requests.length).toBe(2);
  expect(requests[1]?.delivery.attempts).toBe(1);
  await outbox.stop({ mode: 'release' });
});

test('unreachable, though a probe reaches the server: the event is at fault and its attempt counts', async () => {
  const { requests, runtime, outbox } = await openFilled(2, {
    probe: () => true,
    backoffBaseMs: 1_000,
  });
  requests[0]?.answer(unreachable);
  await runtime.settle();
  expect(requests[1]?.delivery.payload).toBe(1);
  requests[1]?.answer({ result: 'done' });
  await runtime.advance(1_000);
  expect(requests[2]?.delivery).toMatchObject({ payload: 0, attempts: 2 });
  await outbox.stop({ mode: 'release' });
});

test('offline: running requests abort, leases are released, no attempt counts, and nothing is polled', async () => {
  const { requests, runtime, outbox, network, other, view, backend } = await openFilled(3);
  const claims = vi.spyOn(backend, 'dequeueMany');
  network.set(false);
  await runtime.settle();
  expect(requests[0]?.signal.aborted).toBe(true);
  expect(view.getSnapshot().state).toBe('offline');
  await runtime.advance(10);
  expect(await other.stats('orders')).toMatchObject({ ready: 3, leased: 0 });
  claims.mockClear();
  await runtime.advance(24 * 3_600_000);
  expect([requests.length, claims.mock.calls.length]).toEqual([1, 0]);
  network.set(true);
  await runtime.advance(1);
  expect(requests.slice(1).map(({ delivery }) => delivery)).toMatchObject([{ attempts: 1 }]);
  await outbox.stop({ mode: 'release' });
});

test('offline from the start: nothing is claimed until the network is there', async () => {
  const connectivity = manualNetwork(false);
  const { requests, runtime, outbox, view } = await openFilled(2, { connectivity });
  await runtime.advance(60_000);
  expect([requests.length, view.getSnapshot().state]).toEqual([0, 'offline']);
  connectivity.set(true);
  await runtime.advance(1);
  expect(requests.length).toBe(1);
  await outbox.stop({ mode: 'release' });
});

test('return of the network: waits for a random time of at most returnJitterMs, then probes, then sends one request', async () => {
  const probes: number[] = [];
  const { requests, runtime, outbox, network } = await openFilled(5, {
    returnJitterMs: 10_000,
    probe: () => probes.push(1) > 0,
  });
  network.set(false);
  await runtime.settle();
  network.set(true);
  await runtime.advance(1);
  expect([probes.length, requests.length]).toEqual([0, 1]);
  await runtime.advance(10_000);
  expect([probes.length, requests.length]).toEqual([1, 2]);
  await outbox.stop({ mode: 'release' });
});

test('drain: does not wait for what is held back', async () => {
  const { requests, runtime, events, outbox } = await openFilled(2);
  const drained = events.drain();
  requests[0]?.answer(hold);
  await runtime.settle();
  expect(await drained).toBe(1);
  expect(requests.length).toBe(1);
  await outbox.stop();
});

test('hold: a later answer prolongs it, and never shortens it', async () => {
  const { requests, runtime, outbox } = await openFilled(4);
  requests[0]?.answer({ result: 'done' });
  await runtime.settle();
  requests[1]?.answer(hold);
  await runtime.settle();
  requests[2]?.answer({ result: 'hold', afterMs: 1_000 });
  await runtime.advance(4_999);
  expect(requests.length).toBe(3);
  await runtime.advance(1);
  expect(requests.length).toBe(4);
  await outbox.stop({ mode: 'release' });
});

test('hold: the event that met it is due later than the others', async () => {
  const { requests, runtime, outbox, other } = await openFilled(1);
  requests[0]?.answer(hold);
  await runtime.settle();
  outbox.pause();
  await runtime.advance(5_000);
  expect(await other.dequeue('orders', 0)).toBe(null);
  await runtime.advance(100);
  expect(await other.dequeue('orders', 0)).toMatchObject({ payload: 0 });
  await outbox.stop();
});

test('return of the network: what waits because no answer came is due at once', async () => {
  const { requests, runtime, outbox, network } = await openFilled(1, {
    backoffBaseMs: 3_600_000,
    backoffMaxMs: 3_600_000,
  });
  requests[0]?.answer(unreachable);
  await runtime.settle();
  network.set(true);
  await runtime.advance(1);
  expect(requests[1]?.delivery).toMatchObject({ payload: 0, attempts: 1 });
  await outbox.stop({ mode: 'release' });
});

test('a network that is gone for a moment: the aborted request prolongs no wait', async () => {
  const slow = { backoffBaseMs: 3_600_000, backoffMaxMs: 3_600_000 };
  const { requests, runtime, outbox, network } = await openFilled(1, slow);
  network.set(false);
  network.set(true);
  await runtime.advance(1);
  expect(requests[1]?.delivery).toMatchObject({ payload: 0, attempts: 1 });
  await outbox.stop({ mode: 'release' });
});
