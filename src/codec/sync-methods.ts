import type { DeadLetter, EventMessage } from '../core/events/message.ts';
import { refuse } from '../core/options/options.ts';
import { queueName } from '../core/options/queue-name.ts';
import type { NackOptions, RejectOptions, Settling } from '../core/options/settling-arguments.ts';
import { settlingOptions } from '../core/options/settling-options.ts';
import type { SyncEventBackend } from '../core/protocols/protocols.ts';
import { claimFittingNow } from '../core/protocols/sync-claim-fitting.ts';
import { AcklineError } from '../core/reports/errors.ts';
import { chain } from '../core/runtime/chain.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import type { CodecParts } from './codec-parts.ts';
import { decodeMessage, decodeShown } from './decode-event.ts';
import { encodeDraft } from './encode-draft.ts';
import { encodeSettling } from './encode-failure.ts';
import { refusalOf } from './refuse-undecodable.ts';
import { LetterChoice, PAGE } from './select-letters.ts';

/** The methods of a synchronous backend that a codec changes. Optional ones are there if the backend has them. */
export function syncMethods(
  backend: SyncEventBackend,
  parts: CodecParts,
): Partial<SyncEventBackend> {
  const { codec } = parts;
  const settle = settleWith(backend, parts);
  const present = (message: EventMessage) => presentMessage(backend, parts, message);
  const { runtime } = parts;
  const receive = (claim: () => EventMessage[], leaseMs: number | undefined) =>
    claimFittingNow({ runtime, backend, leaseMs, claim, present });
  return {
    publish(channel, payload, metadata = null, options) {
      const draft = required(encodeDraft(codec, { channel, payload, metadata, options }));
      return backend.publish(channel, draft.payload, draft.metadata, draft.options);
    },
    ...(backend.publishMany && {
      publishMany(events) {
        if (!Array.isArray(events)) refuse('events', 'an array', events);
        const drafts = events.map((event) => required(encodeDraft(codec, event)));
        return backend.publishMany?.(drafts) ?? [];
      },
    }),
    dequeue(channel, pollIntervalMs, options) {
      const claim = () => {
        const claimed = backend.dequeue(channel, pollIntervalMs, options);
        return claimed ? [claimed] : [];
      };
      return receive(claim, options?.leaseMs)[0] ?? null;
    },
    ...(backend.dequeueMany && {
      dequeueMany: (...given) =>
        receive(() => backend.dequeueMany?.(...given) ?? [], given[3]?.leaseMs),
    }),
    nack: (...given) => settle('nack', ...given),
    ...(backend.reject && { reject: (...given) => settle('reject', ...given) }),
    ...(backend.deadLetters && {
      deadLetters: (...given) => decodeEach(parts, backend.deadLetters?.(...given) ?? []),
    }),
    ...(backend.redrive && {
      redrive: (channel, options) =>
        backend.redrive?.(channel, lettersOf(backend, parts, channel, options)) as number,
    }),
    ...(backend.purge && {
      purge: (channel, options) =>
        backend.purge?.(channel, lettersOf(backend, parts, channel, options)) as number,
    }),
    ...(backend.browse && {
      browse(...given) {
        const page = backend.browse?.(...given);
        return { ...page, events: decodeEach(parts, page?.events ?? []) };
      },
    }),
  };
}

/** Throws for a promise, because nothing waits for it. */
function required<T>(value: T | PromiseLike<T>): T {
  if (!isPromiseLike(value)) return value;
  value.then(ignore, ignore);
  const message = 'the codec is asynchronous, and a synchronous backend cannot wait for it';
  throw new AcklineError('unsupported', message);
}

function decodeEach<Shown extends DeadLetter>(parts: CodecParts, shown: readonly Shown[]): Shown[];
function decodeEach<Shown>(parts: CodecParts, shown: readonly Shown[]): Shown[];
function decodeEach({ codec }: CodecParts, shown: readonly DeadLetter[]): DeadLetter[] {
  return shown.map((one) => required(decodeShown(codec, one)));
}

/** The decoded message. Undefined if it does not decode: the event is then settled. Never throws. */
function presentMessage(
  backend: SyncEventBackend,
  parts: CodecParts,
  message: EventMessage,
): EventMessage | undefined {
  const { eventId, lease } = message;
  const channel = queueName(message);
  try {
    return required(decodeMessage(parts.codec, message));
  } catch (thrown) {
    const { verb, options } = refusalOf(parts, message, thrown);
    const end = parts.reports.refusing(message);
    try {
      backend[verb]?.(eventId, lease, options, channel);
    } catch (error) {
      parts.reports.fault(channel, 'settle', error);
    }
    end();
    return undefined;
  }
}

/** The nack and the reject of a backend, with encoded errors and reasons. */
function settleWith(backend: SyncEventBackend, { codec }: CodecParts) {
  return (
    verb: 'nack' | 'reject',
    ...[eventId, lease, given, channel]: Settling<NackOptions | RejectOptions>
  ) => {
    const encoded = encodeSettling(codec, settlingOptions(verb, given), verb === 'reject');
    const options = given && required(encoded);
    return backend[verb]?.(eventId, lease, options as object, channel) as never;
  };
}

function lettersOf<Options extends object>(
  backend: SyncEventBackend,
  { codec }: CodecParts,
  channel: string,
  options: Options | undefined,
): Options | undefined {
  if (typeof options !== 'object' || options === null) return options;
  const choice = new LetterChoice(codec, options);
  let after: string | undefined;
  while (choice.asks && !choice.isFull) {
    throwIfAborted((options as { signal?: AbortSignal }).signal);
    const page = backend.deadLetters?.(channel, PAGE, after) ?? [];
    required(chain(choice.ask(page), () => true));
    after = page.at(-1)?.cursor;
    if (page.length < PAGE || after === undefined) break;
  }
  return choice.options as Options;
}
