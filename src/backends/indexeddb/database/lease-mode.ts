/**
 * When another context may take over an expired lease of a context that is still alive.
 *
 * - `exclusive`: only after `maxHoldMs` have passed since the claim, because the handler may still run.
 * - `available`: at expiry.
 */
export type LeaseMode = 'exclusive' | 'available';
