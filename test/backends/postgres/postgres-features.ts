import type { Requirement } from 'ackline/testing';
import { CAPABILITIES, INSPECTED, LETTERS, PRIORITY, TIMES } from '../../backends.ts';

/** The requirements of cases that the backend over PostgreSQL meets. */
export const POSTGRES: readonly Requirement[] = [
  ...CAPABILITIES,
  ...LETTERS,
  ...TIMES,
  ...PRIORITY,
  ...INSPECTED,
  ...([
    'sql',
    'cancel',
    'keys',
    'retryNow',
    'id',
    'offline',
    'contexts',
    'expiry',
    'waiting',
    'keepAlive',
  ] as const),
];
