import type { Requirement } from 'ackline/testing';
import { QUEUE } from '../../backends.ts';

/** The requirements of cases that the backend over PostgreSQL meets. */
export const POSTGRES: readonly Requirement[] = [...QUEUE, 'sql', 'expiry', 'waiting', 'keepAlive'];
