import { refuse } from '../core/options/options.ts';
import type { TypedBackend } from '../core/options/schema.ts';
import { decoratedBackend } from '../core/protocols/decorated-backend.ts';
import {
  type AsyncEventBackend,
  isAsyncEventBackend,
  isSyncEventBackend,
  type SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { RefusalReports } from '../core/reports/refusal-reports.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { asyncMethods } from './async-methods.ts';
import {
  type ChannelSchemas,
  channelRules,
  type InputsOf,
  type OutputsOf,
  requireRefusals,
} from './channel-rules.ts';
import { syncMethods } from './sync-methods.ts';

/**
 * The same backend, with schemas for its channels. `publish` refuses a payload that does not fit with a {@link SchemaError},
 * and nothing is stored, also not of a batch. What is stored is the output of the schema: its defaults and transforms are
 * applied once, before the event is stored. A channel over the backend takes its types from the schemas.
 *
 * With `validate: 'delivery'` payloads are also checked when they are delivered. An event that does not fit becomes a dead
 * letter with the reason `invalid`, and no handler receives it. `migrate` can bring older events into the present form.
 *
 * Channels without a schema are not checked. Share the returned backend between channels: the shutdown of its last channel
 * shuts the given backend down. A schema may be asynchronous, except over a synchronous backend. Errors: `TypeError` for
 * options out of range; `unsupported` for `validate: 'delivery'` over a backend that cannot reject or delay.
 *
 * @example
 * const backend = withSchemas(indexedDbBackend({ database: 'shop' }), {
 *   'order.placed': z.object({ id: z.number(), total: z.number() }),
 *   'mail.send': { schema: Mail, validate: 'delivery', version: 2, migrate: toMail },
 * });
 * const events = new EventChannel({ backend });
 */
export function withSchemas<
  Backend extends AsyncEventBackend | SyncEventBackend,
  const Schemas extends ChannelSchemas,
>(
  backend: Backend,
  schemas: Schemas,
): Backend & TypedBackend<OutputsOf<Schemas>, InputsOf<Schemas>> {
  const isAsync = isAsyncEventBackend(backend);
  if (!isAsync && !isSyncEventBackend(backend)) refuse('backend', 'an event backend', backend);
  const rules = channelRules(schemas);
  requireRefusals(rules, backend);
  const reports = new RefusalReports(backend, 'invalid');
  const { runtime = systemRuntime, capabilities = {} } = backend;
  const parts = { rules, reports, runtime, capabilities };
  const changed: Readonly<Record<PropertyKey, unknown>> = {
    ...(isAsync ? asyncMethods(backend, parts) : syncMethods(backend, parts)),
    capabilities: Object.freeze({ ...capabilities, observe: true }),
    observe: reports.observe,
  };
  return decoratedBackend(backend, changed) as never;
}
