import type { HistoryRecord } from 'ackline/testing';
import type { MemberKnowledge } from './member-knowledge.ts';
import type { SimulatedMember } from './simulated-member.ts';

/** Records which events a member lacks that no context that is left knows of, so that none can report the loss. */
export function noteUnreachable(
  records: HistoryRecord[],
  alive: readonly SimulatedMember[],
  knowledge: MemberKnowledge,
  healedAt: number,
): void {
  const memberIds = alive.map(({ memberId }) => memberId);
  const delivered = new Set(
    records
      .filter(({ operation }) => operation === 'deliver')
      .map(({ context, eventId }) => `${context} ${eventId}`),
  );
  const unknown = records.filter(
    ({ operation, time, eventId }) =>
      operation === 'publish' && time <= healedAt && !knowledge.isKnown(String(eventId), memberIds),
  );
  for (const { channel, eventId = '' } of unknown)
    for (const { context, joined } of alive) {
      if (!joined.has(channel) || delivered.has(`${context.name} ${eventId}`)) continue;
      records.push({
        ...{ context: context.name, operation: 'unreachable', outcome: 'ok', channel, eventId },
        ...{ group: context.name, invoked: healedAt, time: healedAt },
      });
    }
}
