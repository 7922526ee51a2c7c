import type { HistoryRecord } from 'ackline/testing';
import type { MemberKnowledge } from './member-knowledge.ts';
import type { SimulatedMember } from './simulated-member.ts';

/**
 * Records which events a member lacks of which it learns nothing: no context that is left knew of them when it reported to the member
 * what it knew.
 */
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
  const published = records.filter(
    ({ operation, time }) => operation === 'publish' && time <= healedAt,
  );
  for (const { channel, eventId = '' } of published)
    for (const { context, memberId, joined } of alive) {
      if (!joined.has(channel) || delivered.has(`${context.name} ${eventId}`)) continue;
      if (knowledge.isKnownTo(memberId, eventId, memberIds)) continue;
      records.push({
        ...{ context: context.name, operation: 'unreachable', outcome: 'ok', channel, eventId },
        ...{ group: context.name, invoked: healedAt, time: healedAt },
      });
    }
}
