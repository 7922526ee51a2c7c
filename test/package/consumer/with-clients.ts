// Like channels.ts, for entries whose types are beside those of React, Vue and the clients of servers. They need a DOM, and their own
// declarations are not checked.
import type { PGlite } from '@electric-sql/pglite';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { EventChannel, memoryBackend } from 'ackline';
import { natsBackend } from 'ackline/nats';
import { createOutbox, httpSender } from 'ackline/outbox';
import { postgresBackend } from 'ackline/postgres';
import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/react';
import {
  useDeadLetters as useDeadLettersInVue,
  useListener as useListenerInVue,
  useMembers as useMembersInVue,
  useOutbox as useOutboxInVue,
  useStats as useStatsInVue,
  useStatus as useStatusInVue,
} from 'ackline/vue';
import type { Pool } from 'pg';
import type { Sql, TransactionSql } from 'postgres';

declare const connection: NatsConnection;
declare const sql: Sql;
declare const tx: TransactionSql;
declare const pool: Pool;
declare const client: PGlite;

const events = new EventChannel<{ placed: number }>({ backend: memoryBackend() });
const outbox = createOutbox({ events, channel: 'placed', send: httpSender({ url: '/placed' }) });

export const overWebSocket = natsBackend({ connection });
export const overTcp = async () => natsBackend({ connection: await connect() });
export const databases = [sql, pool, client].map((one) => postgresBackend({ sql: one }));
export const inTransaction = () => events.publish('placed', 1, null, { sql: tx });

export const useInReact = () => {
  useListener(events, 'placed', ({ payload }) => void payload.toFixed());
  return {
    letters: useDeadLetters(events, 'placed'),
    members: useMembers(events, 'placed'),
    outbox: useOutbox(outbox),
    stats: useStats(events, 'placed'),
    status: useStatus(events),
  };
};
export const useInVue = () => {
  useListenerInVue(events, 'placed', ({ payload }) => void payload.toFixed());
  return {
    letters: useDeadLettersInVue(events, 'placed'),
    members: useMembersInVue(events, 'placed'),
    outbox: useOutboxInVue(outbox),
    stats: useStatsInVue(events, 'placed'),
    status: useStatusInVue(events),
  };
};
