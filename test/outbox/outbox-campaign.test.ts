// Covers src/outbox/create-outbox.ts, src/outbox/batch-sender.ts, src/outbox/dispatcher.ts, src/outbox/send-gate.ts
import { expect, test } from 'vitest';
import { EventChannel, memoryBackend, memoryStore } from '../../src/index.ts';
import {
  type BatchSend,
  batchSender,
  createOutbox,
  type Outbox,
  type Sender,
  type SendOutcome,
} from '../../src/outbox.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { manualNetwork } from './open-outbox.ts';

const RUNS = 200;
const EVENTS = 40;
const CONTEXTS = 3;

interface World {
  readonly runtime: ManualRuntime;
  /** How often the server has processed each event. */
  readonly processed: Map<string, number>;
  /** Requests that the server has and has not answered, by their events. */
  readonly inFlight: Map<string, number>;
  readonly faults: string[];
  mostInFlight: number;
  /** From now on the server is well. */
  isHealed: boolean;
}

const FAULTS: readonly SendOutcome[] = [
  { result: 'retry', afterMs: 50 },
  { result: 'retry' },
  { result: 'hold', afterMs: 0 },
  { result: 'hold', afterMs: 300 },
  { result: 'hold' },
  { result: 'unreachable' },
  { result: 'unauthorized' },
];

/** A server that answers late, and in bad times in many ways. An answer may be lost after the work was done. */
function sendTo(world: World): Sender {
  const { runtime, processed, inFlight, faults } = world;
  return ({ eventId }, signal) =>
    new Promise<SendOutcome>((resolve, reject) => {
      const count = (inFlight.get(eventId) ?? 0) + 1;
      inFlight.set(eventId, count);
      world.mostInFlight = Math.max(world.mostInFlight, count);
      const fault = world.isHealed
        ? undefined
        : FAULTS[Math.floor(runtime.random() * FAULTS.length * 2)];
      const end = (act: () => void) => {
        inFlight.set(eventId, (inFlight.get(eventId) ?? 0) - 1);
        act();
      };
      const stop = runtime.after(Math.floor(runtime.random() * 200), () => {
        signal.removeEventListener('abort', abort);
        const isDone = !fault || runtime.random() < 0.3;
        if (isDone) processed.set(eventId, (processed.get(eventId) ?? 0) + 1);
        if (fault) faults.push(fault.result);
        end(() => resolve(fault ?? { result: 'done' }));
      });
      const abort = () => {
        stop();
        faults.push('aborted');
        end(() => reject(signal.reason));
      };
      signal.addEventListener('abort', abort, { once: true });
    });
}

/** A server that takes batches, and answers for each event. */
function manyOf(one: Sender): BatchSend {
  return async (deliveries, signal) => {
    const answers = await Promise.allSettled(
      deliveries.map(async (delivery) => (await one(delivery, signal)) as SendOutcome),
    );
    return answers.map((answer) =>
      answer.status === 'fulfilled' ? answer.value : { result: 'retry', error: answer.reason },
    );
  };
}

async function run(seed: number): Promise<World> {
  const runtime = new ManualRuntime({ seed });
  const store = memoryStore({ runtime });
  const world: World = {
    runtime,
    processed: new Map(),
    inFlight: new Map(),
    faults: [],
    mostInFlight: 0,
    isHealed: false,
  };
  const network = manualNetwork();
  const one = sendTo(world);
  const send = seed % 3 === 0 ? batchSender(manyOf(one), { size: 8, maxWaitMs: 50 }) : one;
  const open = (): { events: EventChannel; outbox: Outbox } => {
    const events = new EventChannel({
      backend: memoryBackend({ store }),
      observer: () => undefined,
      pollIntervalMs: 1_000,
      backoffMaxMs: 2_000,
    });
    const outbox = createOutbox({
      events,
      channel: 'orders',
      send,
      connectivity: network,
      returnJitterMs: 100,
      onUnauthorized: () => new Promise<void>((resolve) => runtime.after(200, resolve)),
      maxAttempts: Number.POSITIVE_INFINITY,
      ...(seed % 2 === 0 && { probe: () => world.isHealed || runtime.random() < 0.5 }),
    });
    return { events, outbox };
  };
  const contexts = Array.from({ length: CONTEXTS }, open);
  const drafts = Array.from({ length: EVENTS }, (_, payload) => ({ channel: 'orders', payload }));
  const eventIds = (await contexts[0]?.events.publishMany(drafts)) ?? [];
  for (let step = 0; step < 30; step += 1) {
    await runtime.advance(Math.floor(runtime.random() * 400));
    const chance = runtime.random();
    const at = Math.floor(runtime.random() * CONTEXTS);
    const context = contexts[at];
    if (chance < 0.2) network.set(!network.isOnline());
    else if (chance < 0.3) context?.outbox.pause();
    else if (chance < 0.5) context?.outbox.resume();
    else if (chance < 0.6) await context?.outbox.flush();
    else if (chance < 0.7) {
      const ended = context?.events.shutdown({ mode: 'release' });
      await runtime.advance(1);
      await ended;
      contexts[at] = open();
    }
  }
  world.isHealed = true;
  network.set(true);
  for (const { outbox } of contexts) outbox.resume();
  const idle = Promise.all(contexts.map(({ outbox }) => outbox.whenIdle()));
  await runtime.advance(120_000);
  await idle;
  await Promise.all(contexts.map(({ events }) => events.shutdown()));
  expect([...world.processed.keys()].toSorted(), `seed ${seed}`).toEqual(eventIds.toSorted());
  return world;
}

test(`${RUNS} runs with random faults of server, network and contexts: no event is lost, and none is sent twice at once`, {
  timeout: 120_000,
}, async () => {
  const kinds = new Set<string>();
  let faultCount = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const { mostInFlight, faults } = await run(seed);
    expect(mostInFlight, `seed ${seed}`).toBe(1);
    faultCount += faults.length;
    for (const fault of faults) kinds.add(fault);
  }
  console.log(`${RUNS * EVENTS} events, ${faultCount} faults`);
  expect([...kinds].toSorted()).toEqual(
    ['aborted', 'hold', 'retry', 'unauthorized', 'unreachable'].toSorted(),
  );
});
