export interface BackoffPolicy {
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/**
 * Milliseconds until the next attempt, after `attempts` deliveries have failed: full jitter, uniform in
 * [0, min(backoffMaxMs, backoffBaseMs · 2^(attempts − 1))].
 * {@link https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/}
 */
export function nextDelayMs(attempts: number, policy: BackoffPolicy, random: () => number): number {
  const ceilingMs = Math.min(policy.backoffMaxMs, policy.backoffBaseMs * 2 ** (attempts - 1));
  return Math.floor(random() * (ceilingMs + 1));
}
