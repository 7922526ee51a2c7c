import { applyOptions, checkRuntime, checkWholeNumber, refuse } from '../core/options/options.ts';
import { elapsedMs, type Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import type { PlatformResponse } from '../outbox/http-types.ts';
import { later } from './problem.ts';
import type { PlatformRequest } from './web-types.ts';

export interface RateLimitOptions {
  /** Requests of one sender in `perMs`, from 1. So many may come at once after a silence of `perMs`. */
  readonly limit: number;
  /** Milliseconds, from 1; default 60,000, one minute. */
  readonly perMs?: number | undefined;
  /**
   * The name of the sender of a request, such as its user or its address. Undefined: the request is not limited. Default: all
   * requests are of one sender.
   */
  readonly senderOf?: ((request: PlatformRequest) => string | undefined) | undefined;
  /** Most senders that are remembered, from 1; default 100,000. The one that has sent nothing for longest is forgotten. */
  readonly maxSenders?: number | undefined;
  /** The clock. Default: the system's. */
  readonly runtime?: Runtime | undefined;
}

const DEFAULTS = {
  perMs: 60_000,
  senderOf: (_: Request): string | undefined => '',
  maxSenders: 100_000,
  runtime: systemRuntime,
};

const RULES = {
  limit: 1,
  perMs: 1,
  senderOf: (option: string, value: unknown) => {
    if (typeof value !== 'function') refuse(option, 'a function', value);
  },
  maxSenders: 1,
  runtime: (_: string, value: unknown) => checkRuntime(value as Runtime),
};

/**
 * Limits how many requests a sender may send, in the memory of this process. Returns a function for `authorize`: `true`, or the
 * answer 429 with the `Retry-After` after which one more request is allowed. An outbox waits that long, and counts no attempt.
 * It is called before the body is read. A batch is one request; `maxBatch` and `maxBytes` limit its size. Errors: `TypeError` for
 * options out of range.
 *
 * @example
 * const isWithinRate = rateLimit({ limit: 100, senderOf: ({ headers }) => headers.get('x-user') ?? undefined });
 * const authorize = (request: Request) => (isSignedIn(request) ? isWithinRate(request) : 401);
 * const handle = createIngress({ events, channels: ['order.placed'], authorize });
 */
export function rateLimit(
  options: RateLimitOptions,
): (request: PlatformRequest) => true | PlatformResponse {
  const given = applyOptions<Partial<RateLimitOptions> & typeof DEFAULTS>(DEFAULTS, options, RULES);
  const { perMs, senderOf, maxSenders, runtime } = given;
  const limit = checkWholeNumber('limit', given.limit, 1);
  /** When the allowance of a sender is whole again, by the clock that no correction moves. The latest sender is the last. */
  const wholeAt = new Map<string, number>();
  return (request) => {
    const sender = senderOf(request);
    if (sender === undefined) return true;
    const now = elapsedMs(runtime);
    const next = Math.max(now, wholeAt.get(sender) ?? 0) + perMs / limit;
    if (next > now + perMs) {
      const title = 'too many requests';
      return later(429, 'rate-limited', title, next - now - perMs).toResponse();
    }
    wholeAt.delete(sender);
    wholeAt.set(sender, next);
    const [longestSilent] = wholeAt.keys();
    if (wholeAt.size > maxSenders && longestSilent !== undefined) wholeAt.delete(longestSilent);
    return true;
  };
}
