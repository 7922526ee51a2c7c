import type { Requirement } from 'ackline/testing';
import {
  CAPABILITIES,
  DEPENDENCIES,
  INSPECTED,
  KEYS,
  LETTERS,
  PRIORITY,
  RESULTS,
  TIMES,
} from '../../backends.ts';

/** The requirements of cases that the backend over PostgreSQL meets. */
export const POSTGRES: readonly Requirement[] = [
  ...CAPABILITIES,
  ...LETTERS,
  ...TIMES,
  ...PRIORITY,
  ...KEYS,
  ...INSPECTED,
  ...RESULTS,
  ...DEPENDENCIES,
  ...([
    'sql',
    'cancel',
    'groups',
    'maxBacklog',
    'retryNow',
    'id',
    'offline',
    'contexts',
    'expiry',
    'waiting',
    'keepAlive',
  ] as const),
];
