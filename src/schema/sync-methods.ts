import type { EventMessage } from '../core/events/message.ts';
import { refuse } from '../core/options/options.ts';
import { channelOfQueue, queueName } from '../core/options/queue-name.ts';
import type { SyncEventBackend } from '../core/protocols/protocols.ts';
import { claimFittingNow } from '../core/protocols/sync-claim-fitting.ts';
import { AcklineError } from '../core/reports/errors.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { admitDraft } from './admit-draft.ts';
import type { ChannelRule } from './channel-rules.ts';
import { letterMethods } from './letter-methods.ts';
import { namedLetter } from './named-letter.ts';
import { optionsOf, presentPayload, refusalOf } from './present-payload.ts';
import { SchemaError } from './schema-error.ts';
import type { SchemaParts } from './schema-parts.ts';

/** The methods of a synchronous backend that schemas change. Optional ones are there if the backend has them. */
export function syncMethods(
  backend: SyncEventBackend,
  parts: SchemaParts,
): Partial<SyncEventBackend> {
  const { rules, runtime } = parts;
  const receive = (
    channel: string,
    claim: () => EventMessage[],
    leaseMs: number | undefined,
  ): EventMessage[] => {
    const rule = rules.get(channelOfQueue(String(channel)));
    if (rule?.validate !== 'delivery') return claim();
    const present = (message: EventMessage) => presentMessage(backend, parts, rule, message);
    return claimFittingNow({ runtime, backend, leaseMs, claim, present });
  };
  return {
    publish(channel, payload, metadata = null, options) {
      const admitted = admitDraft(rules, { channel, payload, metadata, options });
      const draft = required(admitted, channel);
      return backend.publish(channel, draft.payload, draft.metadata, draft.options);
    },
    dequeue(channel, pollIntervalMs, options) {
      const claim = () => {
        const claimed = backend.dequeue(channel, pollIntervalMs, options);
        return claimed ? [claimed] : [];
      };
      return receive(channel, claim, options?.leaseMs)[0] ?? null;
    },
    ...(backend.dequeueMany && {
      dequeueMany: (channel, ...given) =>
        receive(channel, () => backend.dequeueMany?.(channel, ...given) ?? [], given[2]?.leaseMs),
    }),
    ...(backend.publishMany && {
      publishMany(events) {
        if (!Array.isArray(events)) refuse('events', 'an array', events);
        const drafts = events.map((event) => required(admitDraft(rules, event), event.channel));
        return backend.publishMany?.(drafts) ?? [];
      },
    }),
    ...letterMethods(backend as object),
    ...(backend.deadLetters && {
      deadLetters: (...given) => (backend.deadLetters?.(...given) ?? []).map(namedLetter),
    }),
  };
}

/** Throws for a promise, because nothing waits for it. */
function required<T>(value: T | PromiseLike<T>, channel: string): T {
  if (!isPromiseLike(value)) return value;
  value.then(ignore, ignore);
  const message = `the schema of ${channel} is asynchronous, and a synchronous backend cannot wait for it`;
  throw new AcklineError('unsupported', message, { channel });
}

/** The message with its present payload. Undefined if it has none: the event is then settled. Never throws. */
function presentMessage(
  backend: SyncEventBackend,
  { reports, runtime, capabilities }: SchemaParts,
  rule: ChannelRule,
  message: EventMessage,
): EventMessage | undefined {
  const { eventId, lease } = message;
  const channel = queueName(message);
  try {
    const payload = required(presentPayload(rule, message), channel);
    return Object.freeze({ ...message, payload });
  } catch (thrown) {
    const refusal = refusalOf(rule, message, thrown, runtime, capabilities);
    const end = thrown instanceof SchemaError ? reports.refusing(message) : ignore;
    if (refusal.verb === 'nack' && refusal.isFault) reports.fault(channel, 'dequeue', thrown);
    try {
      backend[refusal.verb]?.(eventId, lease, optionsOf(refusal), channel);
    } catch (error) {
      reports.fault(channel, 'settle', error);
    }
    end();
    return undefined;
  }
}
