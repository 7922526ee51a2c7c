export interface BackoffPolicy {
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/**
 * Milliseconds until the next attempt, after `attempts` deliveries have failed. Full jitter: uniform in
 * [0, min(backoffMaxMs, backoffBaseMs · 2^(attempts − 1))].
 * {@link https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/}
 */
export function nextDelayMs(attempts: number, policy: BackoffPolicy, random: () => number): number {
  // 2 to the power of 1,024 is infinite, and zero times infinity would be NaN.
  const growth = 2 ** Math.min(attempts - 1, 1_023);
  const ceilingMs = Math.min(policy.backoffMaxMs, policy.backoffBaseMs * growth);
  return Math.floor(random() * (ceilingMs + 1));
}
