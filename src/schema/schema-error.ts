import { AcklineError } from '../core/reports/errors.ts';
import type { SchemaIssue } from './standard-schema.ts';

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

/**
 * A payload does not fit the schema of its channel. Its code is `invalid`, `path` is that of the first issue.
 *
 * @example
 * try {
 *   await events.publish('order.placed', order);
 * } catch (error) {
 *   if (!(error instanceof SchemaError)) throw error;
 *   for (const { message, path } of error.issues) show(path, message);
 * }
 */
export class SchemaError extends AcklineError {
  override readonly name = 'SchemaError';
  readonly issues: readonly SchemaIssue[];

  constructor(channel: string, issues: readonly SchemaIssue[], checked = 'the payload') {
    const said = issues.map((issue) => `${pathOf(issue)}: ${issue.message}`).join('; ');
    const path = pathOf(issues[0] ?? { message: '' });
    super('invalid', `${checked} for ${channel} does not fit its schema: ${said}`, {
      channel,
      path,
    });
    this.issues = issues;
  }
}

/** Such as `payload.items[3].total`. */
function pathOf({ path = [] }: SchemaIssue): string {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return keys.reduce<string>((text, key) => text + stepTo(key), 'payload');
}

function stepTo(key: PropertyKey): string {
  if (typeof key !== 'string') return `[${String(key)}]`;
  return PLAIN_NAME.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
