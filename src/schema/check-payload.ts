import { chain } from '../core/runtime/chain.ts';
import type { ChannelRule } from './channel-rules.ts';
import { SchemaError } from './schema-error.ts';
import type { SchemaResult } from './standard-schema.ts';

/**
 * The output of the schema, or the promise of it. Throws or rejects with a {@link SchemaError}, or as the schema does.
 * `checked` names the value in the error.
 */
export function checkPayload(
  { channel, schema }: ChannelRule,
  payload: unknown,
  checked?: string,
): unknown {
  return chain(schema['~standard'].validate(payload), (result: SchemaResult<unknown>) => {
    if (result.issues) throw new SchemaError(channel, result.issues, checked);
    return result.value;
  });
}
