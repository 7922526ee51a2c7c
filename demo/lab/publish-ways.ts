import type { PublishOptions } from 'ackline';

/** The ways in which a visitor can publish. */
export const WAYS = {
  plain: { label: 'in order', options: {} },
  delayed: { label: 'in 5 seconds', options: { delayMs: 5_000 } },
  urgent: { label: 'before the others', options: { priority: 10 } },
  keyed: { label: 'one after the other', options: { key: 'demo' } },
  mortal: { label: 'expires after 5 seconds', options: { ttlMs: 5_000 } },
} as const satisfies Record<string, { label: string; options: PublishOptions }>;

export type Way = keyof typeof WAYS;

export function isWay(name: string): name is Way {
  return Object.hasOwn(WAYS, name);
}
