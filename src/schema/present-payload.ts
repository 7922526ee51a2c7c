import type { EventMessage } from '../core/events/message.ts';
import { describeFailure, textOf } from '../core/options/describe-failure.ts';
import { DEFAULT_SETTINGS } from '../core/options/options.ts';
import type { NackOptions, RejectOptions } from '../core/options/settling-arguments.ts';
import { MAX_NOTE_LENGTH } from '../core/options/settling-options.ts';
import type { Capabilities } from '../core/protocols/capability.ts';
import { isBranded } from '../core/reports/errors.ts';
import { nextDelayMs } from '../core/runtime/backoff.ts';
import { chain } from '../core/runtime/chain.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { VERSION_KEY } from './admit-draft.ts';
import type { ChannelRule } from './channel-rules.ts';
import { checkPayload } from './check-payload.ts';
import { SchemaError } from './schema-error.ts';

/** How long an event of a newer version waits for a consumer that understands it. */
const NEWER_VERSION_DELAY_MS = 30_000;

/** How an event is settled that no consumer receives, because its payload has no present form. */
export type Refusal =
  | { readonly verb: 'reject'; readonly options: RejectOptions }
  | { readonly verb: 'nack'; readonly options: NackOptions; readonly isFault: boolean };

/** The options as one settlement of either verb takes them. */
export function optionsOf(refusal: Refusal): NackOptions & RejectOptions {
  return refusal.options as NackOptions & RejectOptions;
}

/** The payload in its present form: migrated, and the output of the schema. Throws or rejects as both do. */
export function presentPayload(rule: ChannelRule, message: EventMessage): unknown {
  const { migrate, version = 0 } = rule;
  const stored = versionOf(message);
  const { payload } = message;
  const migrated = migrate && stored < version ? migrate(payload, stored) : payload;
  return chain(migrated, (present) => checkPayload(rule, present));
}

function versionOf({ metadata }: EventMessage): number {
  const version = metadata?.[VERSION_KEY];
  return typeof version === 'number' ? version : 0;
}

/**
 * What follows from the error of {@link presentPayload}. A payload that does not fit is rejected, unless a newer version of
 * the application stored it and the backend can postpone it. Any other error is a fault of the schema or of `migrate`: the
 * event is retried after a back-off, and its attempt counts.
 */
export function refusalOf(
  { version = 0 }: ChannelRule,
  message: EventMessage,
  thrown: unknown,
  runtime: Runtime,
  capabilities: Capabilities,
): Refusal {
  const error = describeFailure(thrown);
  const isInvalid = thrown instanceof SchemaError;
  if (isInvalid && versionOf(message) > version && capabilities.countsAsAttempt) {
    const options = { delayMs: NEWER_VERSION_DELAY_MS, countsAsAttempt: false, error };
    return { verb: 'nack', options, isFault: false };
  }
  if (isInvalid || isBranded(thrown, 'RejectError')) {
    const reason = textOf(thrown as object, 'message', MAX_NOTE_LENGTH);
    return { verb: 'reject', options: { reason, error } };
  }
  const delayMs = nextDelayMs(message.attempts, DEFAULT_SETTINGS, () => runtime.random());
  return { verb: 'nack', options: { delayMs, error }, isFault: true };
}
