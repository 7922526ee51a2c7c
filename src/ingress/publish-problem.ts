import { codeOf } from '../core/errors.ts';
import { partOf } from '../core/part-of.ts';
import { Problem, refusal } from './problem.ts';
import type { ProblemCode, ProblemIssue } from './problem-body.ts';

/** Issues of one event that are sent back. */
const MOST_ISSUES = 20;

/**
 * The answer to an error of `publish`. Only an error that concerns the event itself is a refusal for good. Every other error is
 * 503: a sender keeps the event and counts no attempt, so a fault of the server loses no event.
 */
export function publishProblem(error: unknown, retryAfterMs: number): Problem {
  switch (codeOf(error)) {
    case 'invalid': {
      const title = 'the payload does not fit the schema of its channel';
      return new Problem({ status: 422, code: 'invalid', title, issues: issuesOf(error) });
    }
    case 'too-large':
      return refusal(413, 'too-large', 'the event is over maxEventBytes');
    case 'not-cloneable':
      return refusal(422, 'rejected', 'the payload cannot be stored');
    case 'backlog-full':
      return later(429, 'backlog-full', 'the channel is full', retryAfterMs);
    default:
      return later(503, 'unavailable', 'the event could not be stored', retryAfterMs);
  }
}

function later(status: number, code: ProblemCode, title: string, afterMs: number): Problem {
  return new Problem(
    { status, code, title },
    { 'retry-after': String(Math.ceil(afterMs / 1_000)) },
  );
}

/** By its shape, because the error may come from another copy of this library. */
function issuesOf(error: unknown): readonly ProblemIssue[] {
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
