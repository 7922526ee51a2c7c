import { requireCapability } from '../core/delivery/settler.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { applyOptions, refuse, requireOptions } from '../core/options/options.ts';
import type { BackendDescription } from '../core/protocols/protocols.ts';
import type { InputOf, OutputOf, StandardSchema } from './standard-schema.ts';

/** The schema of a channel with its options. */
export interface ChannelSchema<S extends StandardSchema = StandardSchema> {
  readonly schema: S;
  /**
   * When payloads are checked. `'publish'` (default): when they are published. `'delivery'`: also when they are delivered, so
   * that no handler receives what an older version of the application stored in another form. The schema then must accept its
   * own output. Needs the capabilities `reject` and `delayMs`.
   */
  readonly validate?: 'publish' | 'delivery' | undefined;
  /**
   * The version of the schema, a whole number from 1. It is stored with each event, in its metadata as `schemaVersion`.
   * Default: none is stored.
   */
  readonly version?: number | undefined;
  /**
   * Returns the payload in its present form, for an event of an older version: `version` is the one stored with it, or 0 if it
   * has none. The result is checked. Needs `version` and `validate: 'delivery'`. If it throws, the event is retried after a
   * back-off; a `RejectError` makes it a dead letter at once.
   */
  readonly migrate?: ((payload: unknown, version: number) => unknown) | undefined;
}

/** Schemas by channel: each alone, or with options. */
export type ChannelSchemas = Readonly<Record<string, StandardSchema | ChannelSchema>>;

type SchemaOf<Given> = Given extends { readonly schema: infer S } ? S : Given;

/** What publishers pass, by channel. */
export type InputsOf<Schemas> = { -readonly [C in keyof Schemas]: InputOf<SchemaOf<Schemas[C]>> };

/** What consumers receive, by channel. */
export type OutputsOf<Schemas> = { -readonly [C in keyof Schemas]: OutputOf<SchemaOf<Schemas[C]>> };

/** What is checked for one channel. */
export interface ChannelRule extends ChannelSchema {
  readonly channel: string;
}

const RULES = {
  schema: (option: string, value: unknown) => {
    if (!isSchema(value)) refuse(option, "a Standard Schema (an object with '~standard')", value);
  },
  validate: ['publish', 'delivery'],
  version: 1,
  migrate: (option: string, value: unknown) => {
    if (typeof value !== 'function') refuse(option, 'a function', value);
  },
};

function isSchema(value: unknown): value is StandardSchema {
  const isObject = typeof value === 'function' || (typeof value === 'object' && value !== null);
  if (!isObject || !('~standard' in value)) return false;
  return typeof (value as StandardSchema)['~standard']?.validate === 'function';
}

/** The rules by channel. Throws a `TypeError` for options that are unknown, out of range, or need another. */
export function channelRules(schemas: ChannelSchemas): ReadonlyMap<string, ChannelRule> {
  requireOptions(schemas, 'schemas');
  const rules = Object.entries(schemas).map(([channel, given]) => ruleOf(channel, given));
  return new Map(rules.map((rule) => [rule.channel, rule]));
}

function ruleOf(channel: string, given: StandardSchema | ChannelSchema): ChannelRule {
  checkChannelName(channel);
  if (isSchema(given)) return { channel, schema: given };
  requireOptions(given, `the schema of ${channel}`);
  RULES.schema(`the schema of ${channel}`, given.schema ?? given);
  const rule = applyOptions<ChannelSchema>({ schema: given.schema }, given, RULES);
  if (rule.migrate && (rule.version === undefined || rule.validate !== 'delivery'))
    throw new TypeError(`migrate of ${channel} needs a version, and validate: 'delivery'`);
  return { ...rule, channel };
}

/** Throws if a rule concerns deliveries and the backend can neither reject nor delay what does not fit. */
export function requireRefusals(
  rules: ReadonlyMap<string, ChannelRule>,
  backend: BackendDescription,
): void {
  for (const { channel, validate } of rules.values())
    if (validate === 'delivery')
      for (const capability of ['reject', 'delayMs'] as const)
        requireCapability(backend, capability, `validate: 'delivery' of ${channel}`);
}
