import { checkMetadata, copyOf } from '../core/admission.ts';
import type { EventDraft, Metadata } from '../core/events/message.ts';
import { requireOptions } from '../core/options/options.ts';
import { chain } from '../core/runtime/chain.ts';
import type { ChannelRule } from './channel-rules.ts';
import { checkPayload } from './check-payload.ts';

/** Where the version of the schema is stored in the metadata of an event. */
export const VERSION_KEY = 'schemaVersion';

/**
 * The draft with the output of its schema as the payload, or the promise of it. Payload and metadata are copied during the
 * call, so the schema checks what a consumer would receive, and later changes by the caller do not affect the event.
 */
export function admitDraft<D extends EventDraft>(
  rules: ReadonlyMap<string, ChannelRule>,
  draft: D,
): D | PromiseLike<D> {
  requireOptions(draft, 'event');
  const rule = rules.get(draft.channel);
  if (!rule) return draft;
  const metadata = metadataOf(rule, draft.metadata ?? null);
  const output = outputOf(rule, copyOf(draft.payload, 'payload', rule.channel));
  return chain(output, (payload) => ({ ...draft, payload, metadata }));
}

/** With `validate: 'delivery'` the output must fit the schema too, because it is checked again when it is delivered. */
function outputOf(rule: ChannelRule, payload: unknown): unknown {
  const output = checkPayload(rule, payload);
  if (rule.validate !== 'delivery') return output;
  return chain(output, (stored) =>
    chain(checkPayload(rule, stored, 'the output of the schema'), () => stored),
  );
}

function metadataOf({ channel, version }: ChannelRule, given: Metadata | null): Metadata | null {
  checkMetadata(given);
  const metadata = given && (copyOf(given, 'metadata', channel) as Metadata);
  return version === undefined ? metadata : { ...metadata, [VERSION_KEY]: version };
}
