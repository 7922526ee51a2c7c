import type { AsyncEventBackend, EventMessage, Runtime } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import fc from 'fast-check';
import { copyValue } from '../src/core/events/plain-copy.ts';
import { expectEqual, expectTrue } from '../src/testing/conformance/expect.ts';
import { CHANNELS, calledAll, made, type Step, step } from './support/random-steps.ts';

/**
 * Passes random values to every verb. A backend must keep accepted values and read them again. It must refuse all others with
 * a typed error.
 */

type Full = Required<AsyncEventBackend>;

/** How far the clock of a context may differ from the year 2023, in milliseconds. It may be before 1970, or between two milliseconds. */
const clockOffset = fc.constantFrom(0, 0.25, -1_700_000_000_000, -3_000_000_000_000, 8e15);

/** One run: a backend over a new storage, and the check of that storage at the end. */
export interface Opened {
  readonly backend: AsyncEventBackend;
  /** Rejects if the storage has a row that the library cannot use. */
  readonly inspect?: (() => Promise<void>) | undefined;
}

/** The timeout of such a test in milliseconds. It is much work. */
export const MANY_RUNS_MS = 60_000;

export function writtenValues(open: (runtime: Runtime) => Opened) {
  const steps = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });
  return fc.asyncProperty(clockOffset, steps, async (offset, all) => {
    const manual = new ManualRuntime();
    const { backend, inspect } = open(shifted(manual, offset));
    try {
      await new Run(backend as Full, manual).check(all);
      await inspect?.();
    } finally {
      await backend.shutdown();
    }
  });
}

function shifted(manual: ManualRuntime, offset: number): Runtime {
  return {
    now: () => manual.now() + offset,
    after: (ms, run) => manual.after(ms, run),
    randomId: () => manual.randomId(),
    random: () => manual.random(),
  };
}

class Run {
  readonly #backend: Full;
  readonly #runtime: ManualRuntime;
  readonly #published = new Map<
    string,
    { readonly payload: unknown; readonly metadata: unknown }
  >();
  readonly #ackedIds = new Set<string>();
  readonly #held: EventMessage[] = [];
  readonly #faults: unknown[] = [];

  constructor(backend: Full, runtime: ManualRuntime) {
    this.#backend = backend;
    this.#runtime = runtime;
    backend.observe((event) => {
      if (event.type === 'row-quarantined' || event.type === 'fault') this.#faults.push(event);
    });
  }

  async check(steps: readonly Step[]): Promise<void> {
    for (const one of steps) await this.#take(one);
    for (const name of CHANNELS) await this.#checkDue(name);
    await this.#checkCounts();
    expectEqual(this.#faults, [], 'faults');
  }

  async #take(given: Step): Promise<void> {
    const backend = this.#backend;
    switch (given.verb) {
      case 'publish': {
        const { channel: to, payload, metadata, options } = made(given.draft);
        const eventId = await typed(() => backend.publish(to, payload, metadata, options));
        if (eventId !== undefined) this.#notePublished(eventId, payload, metadata);
        break;
      }
      case 'publishMany': {
        const drafts = given.drafts.map(made);
        const eventIds = await typed(() => backend.publishMany(drafts));
        for (const [index, eventId] of (eventIds ?? []).entries())
          this.#notePublished(eventId, drafts[index]?.payload, drafts[index]?.metadata);
        break;
      }
      case 'dequeueMany': {
        const options = calledAll(given.options) as object | undefined;
        const messages = await typed(() =>
          backend.dequeueMany(given.channel, given.limit as number, 0, options),
        );
        for (const message of messages ?? []) this.#noteDelivered(message);
        break;
      }
      case 'advance':
        await this.#runtime.advance(given.ms);
        break;
      default:
        await this.#settle(given);
    }
  }

  async #settle(given: Extract<Step, { readonly held: number }>): Promise<void> {
    // This is mostly one of the last deliveries.
    const message = given.id === null ? this.#held.at(-1 - given.held) : undefined;
    const [id, lease] = message ? [message.eventId, message.lease] : [given.id ?? 'none', 1];
    const backend = this.#backend;
    const settlement = await typed(() => {
      if (given.verb === 'ack') return backend.ack(id, lease);
      if (given.verb === 'extend') return backend.extend(id, lease, given.ms as number);
      return backend[given.verb](id, lease, calledAll(given.options) as object | undefined);
    });
    if (given.verb === 'ack' && settlement === 'ok') this.#ackedIds.add(id);
  }

  #notePublished(eventId: string, payload: unknown, metadata: unknown): void {
    this.#published.set(eventId, {
      payload: structuredClone(copyValue(payload)),
      metadata: structuredClone(copyValue(metadata)),
    });
  }

  #noteDelivered(message: EventMessage): void {
    const { payload, metadata } = this.#published.get(message.eventId) ?? {};
    expectEqual(message.payload, payload, 'payload');
    expectEqual(message.metadata, metadata ?? null, 'metadata');
    expectTrue(!this.#ackedIds.has(message.eventId), 'an acknowledged event does not come again');
    this.#held.push(message);
  }

  async #checkDue(name: string): Promise<void> {
    for (;;) {
      const messages = await this.#backend.dequeueMany(name, 100, 0);
      for (const message of messages) this.#noteDelivered(message);
      if (messages.length === 0) return;
    }
  }

  /** Checks that each published event is acknowledged, waits, or is a readable dead letter. */
  async #checkCounts(): Promise<void> {
    let kept = this.#ackedIds.size;
    for (const name of CHANNELS) {
      const { ready, leased, scheduled, dead, quarantined } = await this.#backend.stats(name);
      expectEqual(quarantined, undefined, 'quarantined');
      const letters = await this.#backend.deadLetters(name, 1_000);
      expectEqual(letters.length, dead, 'dead letters');
      for (const { eventId, payload, note, lastError } of letters) {
        expectEqual(payload, this.#published.get(eventId)?.payload, 'payload of a dead letter');
        expectTrue(note === null || typeof note === 'string', 'a note is a string');
        if (lastError)
          expectEqual(
            Object.values(lastError).map((part) => typeof part),
            ['string', 'string'],
            'error',
          );
      }
      kept += ready + leased + scheduled + dead;
    }
    expectEqual(kept, this.#published.size, 'events that are acknowledged or stored');
  }
}

const CODES = ['not-cloneable', 'too-large', 'unsupported'];

/** The result of the call. Undefined if it is refused with a typed error. */
async function typed<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: string; message: string };
    const isTyped = name === 'TypeError' || CODES.includes(code ?? '');
    if (!isTyped) throw new Error(`not a typed refusal: ${name} ${code} ${message}`);
    return undefined;
  }
}
