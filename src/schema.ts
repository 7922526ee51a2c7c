export type { ChannelSchema, ChannelSchemas, InputsOf, OutputsOf } from './schema/channel-rules.ts';
export { SchemaError } from './schema/schema-error.ts';
export type {
  InputOf,
  OutputOf,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from './schema/standard-schema.ts';
export { withSchemas } from './schema/with-schemas.ts';
