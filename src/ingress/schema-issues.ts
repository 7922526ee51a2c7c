import { partOf } from '../core/runtime/part-of.ts';
import type { ProblemIssue } from './problem-body.ts';

/** Issues of one event that are sent back. */
const MOST_ISSUES = 20;

/**
 * The first 20 issues of a schema that has refused a payload, with paths and messages. For the option `issues` of
 * `createIngress`. Schemas quote values and keys of the payload in them, so use it where the sender may see those again.
 *
 * @example
 * const handle = createIngress({ events, channels: ['order.placed'], issues: schemaIssues });
 */
export function schemaIssues(error: unknown): readonly ProblemIssue[] {
  // By its shape, because the error may come from another copy of this library.
  const issues = partOf(error, 'issues');
  if (!Array.isArray(issues)) return [];
  return issues.slice(0, MOST_ISSUES).map((issue: unknown) => {
    const path = partOf(issue, 'path');
    return {
      message: String(partOf(issue, 'message')),
      path: Array.isArray(path) ? path.map(keyOf) : [],
    };
  });
}

function keyOf(part: unknown): string | number {
  const key = typeof part === 'object' ? partOf(part, 'key') : part;
  return typeof key === 'number' ? key : String(key);
}
