import type { EventMessage } from '../core/events/message.ts';
import { refuse } from '../core/options/options.ts';
import { channelOfQueue, queueName } from '../core/options/queue-name.ts';
import { claimFitting } from '../core/protocols/claim-fitting.ts';
import type { AsyncEventBackend, DequeueOptions } from '../core/protocols/protocols.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { admitDraft } from './admit-draft.ts';
import type { ChannelRule } from './channel-rules.ts';
import { letterMethods } from './letter-methods.ts';
import { namedLetter } from './named-letter.ts';
import { optionsOf, presentPayload, refusalOf } from './present-payload.ts';
import { SchemaError } from './schema-error.ts';
import type { SchemaParts } from './schema-parts.ts';

/** The methods of an asynchronous backend that schemas change. Optional ones are there if the backend has them. */
export function asyncMethods(
  backend: AsyncEventBackend,
  parts: SchemaParts,
): Partial<AsyncEventBackend> {
  const { rules } = parts;
  return {
    async publish(channel, payload, metadata = null, options) {
      // Without a promise the backend is called at once: it takes a copy during the call, and keeps the order of the calls.
      const admitted = admitDraft(rules, { channel, payload, metadata, options });
      const draft = isPromiseLike(admitted) ? await admitted : admitted;
      return backend.publish(channel, draft.payload, draft.metadata, draft.options);
    },
    ...receivingMethods(backend, parts),
    ...(backend.publishMany && {
      async publishMany(events) {
        if (!Array.isArray(events)) refuse('events', 'an array', events);
        const drafts = await Promise.all(events.map(async (event) => admitDraft(rules, event)));
        return (await backend.publishMany?.(drafts)) ?? [];
      },
    }),
    ...(backend.publishConfirmed && {
      async publishConfirmed(draft) {
        return backend.publishConfirmed?.(await admitDraft(rules, draft)) as never;
      },
    }),
    ...(backend.request && {
      async request(draft) {
        return backend.request?.(await admitDraft(rules, draft));
      },
    }),
    ...letterMethods(backend as object),
    ...(backend.deadLetters && {
      async deadLetters(...given) {
        return ((await backend.deadLetters?.(...given)) ?? []).map(namedLetter);
      },
    }),
  };
}

function receivingMethods(
  backend: AsyncEventBackend,
  parts: SchemaParts,
): Pick<AsyncEventBackend, 'dequeue' | 'dequeueMany'> {
  const ruleAtDelivery = (channel: string): ChannelRule | undefined => {
    const rule = parts.rules.get(channelOfQueue(String(channel)));
    return rule?.validate === 'delivery' ? rule : undefined;
  };
  const fittingParts = (options: DequeueOptions | undefined) => ({
    ...{ runtime: parts.runtime, backend, signal: options?.signal, leaseMs: options?.leaseMs },
  });
  const presentBy = (rule: ChannelRule) => (message: EventMessage) =>
    presentMessage(backend, parts, rule, message);
  return {
    async dequeue(channel, pollIntervalMs, options) {
      const rule = ruleAtDelivery(channel);
      if (!rule) return backend.dequeue(channel, pollIntervalMs, options);
      const claim = async (waitMs: number) => {
        const message = await backend.dequeue(channel, waitMs, options);
        return message ? [message] : [];
      };
      const [message] = await claimFitting(
        { ...fittingParts(options), claim, present: presentBy(rule) },
        pollIntervalMs,
      );
      return message ?? null;
    },
    ...(backend.dequeueMany && {
      async dequeueMany(channel, limit, pollIntervalMs, options) {
        const claim = async (waitMs: number) =>
          (await backend.dequeueMany?.(channel, limit, waitMs, options)) ?? [];
        const rule = ruleAtDelivery(channel);
        if (!rule) return claim(pollIntervalMs);
        const present = presentBy(rule);
        return claimFitting({ ...fittingParts(options), claim, present }, pollIntervalMs);
      },
    }),
  };
}

/** The message with its present payload. Undefined if it has none: the event is then settled. Never rejects. */
async function presentMessage(
  backend: AsyncEventBackend,
  parts: SchemaParts,
  rule: ChannelRule,
  message: EventMessage,
): Promise<EventMessage | undefined> {
  try {
    return Object.freeze({ ...message, payload: await presentPayload(rule, message) });
  } catch (error) {
    await settleUnfit(backend, parts, rule, message, error);
    return undefined;
  }
}

/** Settles an event that no consumer receives. If that fails, its lease expires. */
async function settleUnfit(
  backend: AsyncEventBackend,
  { reports, runtime, capabilities }: SchemaParts,
  rule: ChannelRule,
  message: EventMessage,
  thrown: unknown,
): Promise<void> {
  const { eventId, lease } = message;
  const channel = queueName(message);
  const refusal = refusalOf(rule, message, thrown, runtime, capabilities);
  const end = thrown instanceof SchemaError ? reports.refusing(message) : ignore;
  if (refusal.verb === 'nack' && refusal.isFault) reports.fault(channel, 'dequeue', thrown);
  try {
    await backend[refusal.verb]?.(eventId, lease, optionsOf(refusal), channel);
  } catch (error) {
    reports.fault(channel, 'settle', error);
  } finally {
    end();
  }
}
