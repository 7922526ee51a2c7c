/**
 * When an expired lease may be taken from a context that lives.
 *
 * - `exclusive`: not before `maxHoldMs` has passed since the event was claimed: its handler may still run.
 * - `available`: at once.
 */
export type LeaseMode = 'exclusive' | 'available';
