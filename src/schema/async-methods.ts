import { isPromiseLike } from '../core/is-promise-like.ts';
import type { EventMessage } from '../core/message.ts';
import { refuse } from '../core/options.ts';
import type { AsyncEventBackend } from '../core/protocols.ts';
import { channelOfQueue, queueName } from '../core/queue-name.ts';
import { elapsedMs } from '../core/runtime.ts';
import { throwIfAborted } from '../core/throw-if-aborted.ts';
import { admitDraft } from './admit-draft.ts';
import type { ChannelRule } from './channel-rules.ts';
import { optionsOf, presentPayload, refusalOf } from './present-payload.ts';
import type { SchemaParts } from './schema-parts.ts';
import { namedLetter } from './schema-reports.ts';

/** The methods of an asynchronous backend that schemas change. Optional ones are there if the backend has them. */
export function asyncMethods(
  backend: AsyncEventBackend,
  parts: SchemaParts,
): Partial<AsyncEventBackend> {
  const { rules } = parts;
  const ruleAtDelivery = (channel: string): ChannelRule | undefined => {
    const rule = rules.get(channelOfQueue(String(channel)));
    return rule?.validate === 'delivery' ? rule : undefined;
  };
  return {
    async publish(channel, payload, metadata = null, options) {
      // Without a promise the backend is called at once: it takes a copy during the call, and keeps the order of the calls.
      const admitted = admitDraft(rules, { channel, payload, metadata, options });
      const draft = isPromiseLike(admitted) ? await admitted : admitted;
      return backend.publish(channel, draft.payload, draft.metadata, draft.options);
    },
    async dequeue(channel, pollIntervalMs, options) {
      const rule = ruleAtDelivery(channel);
      if (!rule) return backend.dequeue(channel, pollIntervalMs, options);
      const claim = async (waitMs: number) => {
        const message = await backend.dequeue(channel, waitMs, options);
        return message ? [message] : [];
      };
      const [message] = await receive(backend, parts, rule, claim, pollIntervalMs, options?.signal);
      return message ?? null;
    },
    ...(backend.dequeueMany && {
      async dequeueMany(channel, limit, pollIntervalMs, options) {
        const claim = async (waitMs: number) =>
          (await backend.dequeueMany?.(channel, limit, waitMs, options)) ?? [];
        const rule = ruleAtDelivery(channel);
        if (!rule) return claim(pollIntervalMs);
        return receive(backend, parts, rule, claim, pollIntervalMs, options?.signal);
      },
    }),
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
    ...(backend.deadLetters && {
      async deadLetters(...given) {
        return ((await backend.deadLetters?.(...given)) ?? []).map(namedLetter);
      },
    }),
  };
}

/** Claims until an event has a payload that fits, or the claim returns nothing. */
async function receive(
  backend: AsyncEventBackend,
  parts: SchemaParts,
  rule: ChannelRule,
  claim: (waitMs: number) => Promise<EventMessage[]>,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<EventMessage[]> {
  const endsAt = elapsedMs(parts.runtime) + waitMs;
  for (let leftMs = waitMs; ; leftMs = Math.max(0, Math.ceil(endsAt - elapsedMs(parts.runtime)))) {
    const messages = await claim(leftMs);
    const present = await Promise.all(
      messages.map((message) => presentMessage(backend, parts, rule, message)),
    );
    const fitting = present.filter((message) => message !== undefined);
    if (fitting.length > 0 || messages.length === 0) return fitting;
    throwIfAborted(signal);
  }
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
  const end = reports.refusing(message, thrown);
  if (refusal.verb === 'nack' && refusal.isFault) reports.fault(channel, 'dequeue', thrown);
  try {
    await backend[refusal.verb]?.(eventId, lease, optionsOf(refusal), channel);
  } catch (error) {
    reports.fault(channel, 'settle', error);
  } finally {
    end();
  }
}
