import { earliest } from '../../../core/earliest.ts';
import type { EventMessage } from '../../../core/message.ts';
import type { Claim, ClaimRequest, SettleRequest } from '../../../queue/event-store.ts';
import type { ClaimSettler } from '../claims/claim-settler.ts';
import type { ClaimState } from '../claims/claim-state.ts';
import type { Connection } from '../database/connection.ts';
import type { PreparedClaim } from './commit-claim.ts';

/**
 * Which of the messages of a claim may be handed out. The page may have stood still since the claim was committed: frozen or
 * cached, which ends a period of the connection, or stopped without notice, which shows where a lease has expired. Others may then
 * have taken the events over, and even acknowledged them. So each is extended before it is handed out, which fails for those that are
 * lost; they are left out. To be called last: no task may come between the answer and the hand-out.
 */
export async function verifyLeases(
  connection: Connection,
  settling: ClaimSettler,
  { snapshot, claim, messages }: Pick<PreparedClaim, 'snapshot' | 'claim' | 'messages'>,
  { leaseMs }: Pick<ClaimRequest, 'leaseMs'>,
): Promise<Required<Pick<Claim, 'messages' | 'places'>>> {
  let held = messages;
  for (let { period } = snapshot.stamp, isRenewed = false; ; isRenewed = true) {
    const now = await connection.stamp();
    // Once: a lease may be shorter than it takes to extend it.
    const hasExpired = !isRenewed && now.at >= earliest(held.map(expiryOf));
    if (held.length === 0 || (now.period === period && !hasExpired))
      return { messages: held, places: held.map((message) => placeOf(message, claim)) };
    period = now.period;
    const requests = held.map((message) => extensionOf(message, claim, leaseMs));
    const settlements = await settling.settle(requests);
    const leaseExpiresAt = now.at + leaseMs;
    held = held
      .filter((_, index) => settlements[index] === 'ok')
      .map((message) => Object.freeze({ ...message, leaseExpiresAt }));
  }
}

function expiryOf({ leaseExpiresAt }: EventMessage): number {
  return leaseExpiresAt;
}

function placeOf({ eventId }: EventMessage, claim: ClaimState): unknown {
  return claim.held.get(eventId);
}

function extensionOf(message: EventMessage, claim: ClaimState, ms: number): SettleRequest {
  const { eventId, channel, lease = 0 } = message;
  const place = placeOf(message, claim);
  return { eventId, channel, lease, place, command: { verb: 'extend', ms } };
}
