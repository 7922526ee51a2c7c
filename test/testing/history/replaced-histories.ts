import type { HistoryRule } from 'ackline/testing';
import { first, type Given, nack, publish, second } from './calls.ts';

/** Histories of replaced events that each break one promise. */
export const REPLACED: readonly (readonly [HistoryRule, string, readonly Given[]])[] = [
  [
    'delivered-and-replaced',
    'delivered, returned and replaced',
    [publish, first, nack, { operation: 'replace' }],
  ],
  [
    'ended-twice',
    'replaced and dead',
    [publish, { operation: 'replace' }, { operation: 'dead-letter' }],
  ],
  [
    'lost',
    'delivered before a newer event of its key replaced what waited',
    [
      { ...publish, key: 'k' },
      first,
      nack,
      { ...publish, key: 'k', replaces: true, eventId: 'e2' },
      { operation: 'remain', eventId: 'e2' },
    ],
  ],
  [
    'lost',
    'redriven and delivered again before a newer event of its key replaced what waited',
    [
      { ...publish, key: 'k' },
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'redrive' },
      { ...second, attempts: 1 },
      { ...nack, lease: 2 },
      { ...publish, key: 'k', replaces: true, eventId: 'e2' },
      { operation: 'remain', eventId: 'e2' },
    ],
  ],
];
