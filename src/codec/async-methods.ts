import type { EventMessage } from '../core/events/message.ts';
import type {
  LetterOptions,
  PurgeProgress,
  RedriveProgress,
} from '../core/options/dead-letter-options.ts';
import { refuse } from '../core/options/options.ts';
import { queueName } from '../core/options/queue-name.ts';
import type { NackOptions, RejectOptions, Settling } from '../core/options/settling-arguments.ts';
import { settlingOptions } from '../core/options/settling-options.ts';
import { claimFitting } from '../core/protocols/claim-fitting.ts';
import type { AsyncEventBackend, DequeueOptions } from '../core/protocols/protocols.ts';
import { closedError } from '../core/reports/closed-error.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import type { CodecParts } from './codec-parts.ts';
import { decodeMessage, decodeShown } from './decode-event.ts';
import { encodeDraft } from './encode-draft.ts';
import { encodeSettling } from './encode-failure.ts';
import { PublishLine } from './publish-line.ts';
import { refusalOf } from './refuse-undecodable.ts';
import { LetterChoice, PAGE } from './select-letters.ts';

type AnyLetterOptions = LetterOptions<unknown, RedriveProgress & PurgeProgress>;

/** The methods of an asynchronous backend that a codec changes. Optional ones are there if the backend has them. */
export function asyncMethods(
  backend: AsyncEventBackend,
  parts: CodecParts,
): Partial<AsyncEventBackend> {
  const { codec } = parts;
  const settle = settleWith(backend, parts);
  return {
    ...publishMethods(backend, parts),
    async dequeue(channel, pollIntervalMs, options) {
      const claim = async (waitMs: number) => {
        const message = await backend.dequeue(channel, waitMs, options);
        return message ? [message] : [];
      };
      return (await receive(backend, parts, claim, pollIntervalMs, options))[0] ?? null;
    },
    ...(backend.dequeueMany && {
      dequeueMany(channel, limit, pollIntervalMs, options) {
        const claim = async (waitMs: number) =>
          (await backend.dequeueMany?.(channel, limit, waitMs, options)) ?? [];
        return receive(backend, parts, claim, pollIntervalMs, options);
      },
    }),
    nack: (...given) => settle('nack', ...given),
    ...(backend.reject && { reject: (...given) => settle('reject', ...given) }),
    ...(backend.deadLetters && {
      async deadLetters(...given) {
        const letters = (await backend.deadLetters?.(...given)) ?? [];
        return Promise.all(letters.map((letter) => decodeShown(codec, letter)));
      },
    }),
    ...(backend.redrive && {
      redrive: async (channel, options) =>
        backend.redrive?.(channel, await lettersOf(backend, parts, channel, options)) as never,
    }),
    ...(backend.purge && {
      purge: async (channel, options) =>
        backend.purge?.(channel, await lettersOf(backend, parts, channel, options)) as never,
    }),
    ...(backend.browse && {
      async browse(...given) {
        const page = await backend.browse?.(...given);
        const events = (page?.events ?? []).map((event) => decodeShown(codec, event));
        return { ...page, events: await Promise.all(events) };
      },
    }),
  };
}

function publishMethods(
  backend: AsyncEventBackend,
  { codec }: CodecParts,
): Partial<AsyncEventBackend> {
  const line = new PublishLine();
  let shutdown: Promise<void> | undefined;
  const requireOpen = () => {
    if (shutdown) throw closedError(`${backend.backendName} backend`);
  };
  return {
    async publish(channel, payload, metadata = null, options) {
      requireOpen();
      const encoding = encodeDraft(codec, { channel, payload, metadata, options });
      return line.add(encoding, (draft) =>
        backend.publish(channel, draft.payload, draft.metadata, draft.options),
      );
    },
    ...(backend.publishMany && {
      async publishMany(events) {
        requireOpen();
        if (!Array.isArray(events)) refuse('events', 'an array', events);
        const encoding = Promise.all(events.map(async (event) => encodeDraft(codec, event)));
        return line.add(encoding, async (drafts) => (await backend.publishMany?.(drafts)) ?? []);
      },
    }),
    ...(backend.publishConfirmed && {
      async publishConfirmed(draft) {
        requireOpen();
        const publish = (encoded: typeof draft) => backend.publishConfirmed?.(encoded) as never;
        return line.add(encodeDraft(codec, draft), publish);
      },
    }),
    ...(backend.request && {
      async request(draft) {
        requireOpen();
        return line.add(encodeDraft(codec, draft), async (encoded) => backend.request?.(encoded));
      },
    }),
    shutdown() {
      // What was published before is stored.
      shutdown ??= line.untilPassed?.then(() => backend.shutdown()) ?? backend.shutdown();
      return shutdown;
    },
  };
}

/** Claims until an event decodes. */
async function receive(
  backend: AsyncEventBackend,
  parts: CodecParts,
  claim: (waitMs: number) => Promise<EventMessage[]>,
  waitMs: number,
  options: DequeueOptions | undefined,
): Promise<EventMessage[]> {
  const { runtime } = parts;
  const signal = options?.signal;
  const present = (message: EventMessage) => presentMessage(backend, parts, message);
  const held = { backend, leaseMs: options?.leaseMs };
  const decoded = await claimFitting({ runtime, signal, claim, present, ...held }, waitMs);
  if (!signal?.aborted) return decoded;
  // The consumer has stopped waiting while they were decoded.
  await Promise.all(decoded.map((message) => release(backend, parts, message)));
  throwIfAborted(signal);
  return [];
}

/** The decoded message. Undefined if it does not decode: the event is then settled. Never rejects. */
async function presentMessage(
  backend: AsyncEventBackend,
  parts: CodecParts,
  message: EventMessage,
): Promise<EventMessage | undefined> {
  try {
    return await decodeMessage(parts.codec, message);
  } catch (thrown) {
    const { verb, options } = refusalOf(parts, message, thrown);
    const end = parts.reports.refusing(message);
    await settleUnseen(backend, parts, message, verb, options);
    end();
    return undefined;
  }
}

function release(
  backend: AsyncEventBackend,
  parts: CodecParts,
  message: EventMessage,
): Promise<void> {
  const options = parts.capabilities.countsAsAttempt ? { countsAsAttempt: false } : undefined;
  return settleUnseen(backend, parts, message, 'nack', options);
}

/** Settles an event that no consumer receives. Never rejects: if that fails, its lease expires. */
async function settleUnseen(
  backend: AsyncEventBackend,
  { reports }: CodecParts,
  message: EventMessage,
  verb: 'nack' | 'reject',
  options: object | undefined,
): Promise<void> {
  const { eventId, lease } = message;
  const channel = queueName(message);
  try {
    await backend[verb]?.(eventId, lease, options, channel);
  } catch (error) {
    reports.fault(channel, 'settle', error);
  }
}

/** The nack and the reject of a backend, with encoded errors and reasons. */
function settleWith(backend: AsyncEventBackend, { codec, encodesNotes }: CodecParts) {
  return async (
    verb: 'nack' | 'reject',
    ...[eventId, lease, given, channel]: Settling<NackOptions | RejectOptions>
  ) => {
    const checked = settlingOptions(verb, given);
    const withNote = verb === 'reject' && encodesNotes;
    const options = given && (await encodeSettling(codec, checked, withNote));
    return backend[verb]?.(eventId, lease, options as object, channel) as never;
  };
}

async function lettersOf<Options extends AnyLetterOptions>(
  backend: AsyncEventBackend,
  { codec }: CodecParts,
  channel: string,
  options: Options | undefined,
): Promise<Options | undefined> {
  if (typeof options !== 'object' || options === null) return options;
  const choice = new LetterChoice(codec, options);
  let after: string | undefined;
  while (choice.asks && !choice.isFull) {
    throwIfAborted(options.signal);
    const page = (await backend.deadLetters?.(channel, PAGE, after)) ?? [];
    await choice.ask(page);
    after = page.at(-1)?.cursor;
    if (page.length < PAGE || after === undefined) break;
  }
  return choice.options as Options;
}
