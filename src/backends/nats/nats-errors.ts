import { describeFailure } from '../../core/options/describe-failure.ts';
import { AcklineError, codeOf, QuotaError } from '../../core/reports/errors.ts';
import { partOf } from '../../core/runtime/part-of.ts';

/** The error part of an answer of the JetStream API. */
export interface ApiFailure {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** Error codes of the JetStream API. {@link https://github.com/nats-io/nats-server/blob/main/server/errors.json} */
/**
 * Too few servers of the cluster are there for the replicas; the cluster has no leader; or an earlier publish of the same id is
 * under way, or its answer was lost.
 */
const PASSING: readonly unknown[] = [10_005, 10_008, 10_158];
const NAME_IN_USE = 10_058;
const SUBJECTS_OVERLAP = 10_065;
const STORE_FAILED = 10_077;
const NOT_ENABLED: readonly unknown[] = [10_039, 10_076];
const NO_RESOURCES: readonly unknown[] = [10_002, 10_023, 10_028, 10_047, STORE_FAILED];

/** Whether an error, or one of its causes, has this name. Errors of another copy of the client are found, too. */
function isNamed(error: unknown, name: string): boolean {
  for (let at = error, depth = 0; at && depth < 5; at = partOf(at, 'cause'), depth += 1)
    if (partOf(at, 'name') === name) return true;
  return false;
}

/** Nothing on the server listens to the subject of the request. */
export function isUnheard(error: unknown): boolean {
  return isNamed(error, 'NoResponders');
}

/** The error of a call to the client that failed. Whether the server has done what was asked is unknown. */
export function connectionError(cause: unknown): AcklineError {
  if (codeOf(cause) !== undefined) return cause as AcklineError;
  const said = describeFailure(cause).message;
  if (isNamed(cause, 'PermissionViolationError'))
    return new AcklineError(
      'forbidden',
      `the NATS server refuses the rights: ${said}; docs/nats.md lists the subjects that the user needs`,
      { cause },
    );
  if (isNamed(cause, 'ClosedConnectionError') || isNamed(cause, 'DrainingConnectionError'))
    return new AcklineError('closed', 'the program has closed the NATS connection', { cause });
  if (isUnheard(cause))
    return new AcklineError(
      'unsupported',
      'no JetStream answers: enable it on the server (nats-server -js) and for the account, or check apiPrefix',
      { cause },
    );
  if (isNamed(cause, 'TimeoutError') || isNamed(cause, 'RequestError'))
    return unavailableError(`the NATS server did not answer: ${said}`, cause);
  return new AcklineError('storage', `NATS failed: ${said}`, { cause });
}

export function unavailableError(message: string, cause?: unknown): AcklineError {
  return new AcklineError('unavailable', message, { cause });
}

/** The error of an answer that refuses. Nothing was changed on the server. */
export function apiError(failure: ApiFailure, asked: string, channel?: string): AcklineError {
  const { code, err_code, description = '' } = failure;
  const said = `${asked}: ${description} (${err_code ?? code})`;
  const details = { cause: failure, channel };
  if (NOT_ENABLED.includes(err_code))
    return new AcklineError(
      'unsupported',
      `JetStream is not enabled for the account, ${said}`,
      details,
    );
  if (NO_RESOURCES.includes(err_code))
    return new QuotaError(`a stream, the account or the server is full, ${said}`, details);
  if (err_code === NAME_IN_USE || err_code === SUBJECTS_OVERLAP)
    return new AcklineError(
      'foreign-database',
      `the stream belongs to another program, ${said}`,
      details,
    );
  if (PASSING.includes(err_code) || code === 503)
    return new AcklineError('unavailable', `JetStream cannot do it now, ${said}`, details);
  return new AcklineError('storage', `JetStream refused ${said}`, details);
}
