import type { HistoryRecord } from 'ackline/testing';

export type Given = Pick<HistoryRecord, 'operation'> & Partial<HistoryRecord>;

/** Makes a history of calls that do not overlap, in the given order. */
export function history(...given: readonly Given[]): HistoryRecord[] {
  return given.map((record, index) => ({
    ...{ context: 'a', channel: 'mail', outcome: 'ok', invoked: index * 10, time: index * 10 + 5 },
    ...([
      'end',
      'purge',
      'retry-now',
      'missed',
      'create-group',
      'delete-group',
      'freeze',
      'thaw',
    ].includes(record.operation)
      ? {}
      : { eventId: 'e1' }),
    ...record,
  }));
}

export const publish: Given = { operation: 'publish' };
export const first: Given = { operation: 'deliver', lease: 1, attempts: 1 };
export const second: Given = { operation: 'deliver', lease: 2, attempts: 2 };
export const ack: Given = { operation: 'ack', lease: 1 };
export const ack2: Given = { operation: 'ack', lease: 2 };
export const nack: Given = { operation: 'nack', lease: 1 };
