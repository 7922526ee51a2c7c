import { codeOf } from '../core/reports/errors.ts';
import { later, Problem, refusal } from './problem.ts';
import type { ProblemIssue } from './problem-body.ts';

/** What the answer to a refused event depends on. */
export interface RefusalTerms {
  readonly retryAfterMs: number;
  /** What is said of a payload that a schema refuses. */
  readonly issues?: ((error: unknown) => readonly ProblemIssue[]) | undefined;
}

/**
 * The answer to an error of `publish`. Only an error that concerns the event itself is a refusal for good. Every other error is
 * 503: a sender keeps the event and counts no attempt, so a fault of the server loses no event.
 */
export function publishProblem(error: unknown, { retryAfterMs, issues }: RefusalTerms): Problem {
  switch (codeOf(error)) {
    case 'invalid': {
      const title = 'the payload does not fit the schema of its channel';
      return new Problem({ status: 422, code: 'invalid', title, issues: issues?.(error) });
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
