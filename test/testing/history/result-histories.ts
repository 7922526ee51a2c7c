import type { BrokenHistory } from './broken-letters.ts';
import { ack, first, type Given, publish } from './calls.ts';

const result: Given = { operation: 'result' };

/** Histories of results and purged channels that each break one promise. */
export const BROKEN_RESULTS: readonly BrokenHistory[] = [
  [
    'result-mismatch',
    'acknowledged without an ack',
    [publish, { ...result, result: 'acknowledged' }, { operation: 'remain' }],
  ],
  [
    'result-mismatch',
    'acknowledged before the ack began',
    [publish, first, { ...result, result: 'acknowledged' }, ack],
  ],
  [
    'result-mismatch',
    'a reply that no consumer gave',
    [publish, first, { ...ack, digest: 'a' }, { ...result, result: 'acknowledged', digest: 'b' }],
  ],
  [
    'result-mismatch',
    'the result of another group',
    [
      { operation: 'create-group', group: 'g' },
      publish,
      { ...first, group: 'g' },
      { ...ack, group: 'g' },
      { ...result, result: 'acknowledged' },
      { operation: 'remain' },
    ],
  ],
  [
    'result-mismatch',
    'cancelled without a cancel',
    [publish, { ...result, result: 'cancelled' }, { operation: 'remain' }],
  ],
  [
    'result-mismatch',
    'pending after its ack',
    [publish, first, ack, { ...result, result: 'pending' }],
  ],
  ['result-mismatch', 'dead after its ack', [publish, first, ack, { ...result, result: 'dead' }]],
  [
    'result-missing',
    'unknown while the event is stored',
    [{ ...publish, keptUntil: 1_000 }, { ...result, result: 'unknown' }, { operation: 'remain' }],
  ],
  [
    'result-missing',
    'unknown before its retention has passed',
    [publish, first, { ...ack, keptUntil: 1_000 }, { ...result, result: 'unknown' }],
  ],
  ['returned-after-purge', 'of a purged channel', [publish, { operation: 'purge' }, first, ack]],
];

/** Histories of results and purged channels that break no promise. */
export const SOUND_RESULTS: readonly (readonly [string, readonly Given[]])[] = [
  [
    'the results of an event: pending, acknowledged with its reply, and unknown after its retention',
    [
      { ...publish, keptUntil: 15 },
      { ...result, result: 'pending' },
      first,
      { ...ack, digest: 'a', keptUntil: 45 },
      { ...result, result: 'acknowledged', digest: 'a' },
      { ...result, result: 'unknown' },
    ],
  ],
  [
    'a result that was asked for before the ack had ended',
    [
      publish,
      first,
      { ...ack, invoked: 21, time: 40 },
      { ...result, result: 'pending', invoked: 22, time: 41 },
      { ...result, result: 'acknowledged', invoked: 22, time: 39 },
    ],
  ],
  [
    'a result of an ack whose answer was lost',
    [publish, first, { ...ack, outcome: 'unknown' }, { ...result, result: 'acknowledged' }],
  ],
  [
    'a result of an event that was replaced without a report',
    [
      { ...publish, key: 'k' },
      { ...publish, key: 'k', replaces: true, eventId: 'e2' },
      { ...result, result: 'cancelled' },
      { operation: 'remain', eventId: 'e2' },
    ],
  ],
  [
    'a publish under way while its channel was purged',
    [
      { ...publish, time: 30 },
      { operation: 'purge', invoked: 10, time: 15 },
      { ...first, invoked: 40, time: 40 },
      { ...ack, invoked: 50, time: 50 },
    ],
  ],
  [
    'a delivery under way while its channel was purged',
    [publish, { operation: 'purge' }, { ...first, invoked: 12, time: 20 }],
  ],
];
