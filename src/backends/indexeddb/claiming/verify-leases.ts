import { isExpired } from '../../../core/events/lifecycle.ts';
import { earliest } from '../../../core/runtime/earliest.ts';
import type { Claim, ClaimRequest, KnownRequest } from '../../../queue/event-store.ts';
import type { ClaimSettler } from '../claims/claim-settler.ts';
import type { Connection } from '../database/connection.ts';
import type { PreparedClaim } from './commit-claim.ts';

/** A claim that takes longer than this may have met a page that was stopped without notice. */
const LATE_MS = 250;

/** How often a late lease is extended. On a busy machine an extension may always take longer than a short lease. */
const MOST_EXTENSIONS = 3;

const EXPIRE = { verb: 'bury', reason: 'expired' } as const;

/**
 * Returns the messages of a claim whose leases this context still holds. Only these may be delivered. The page may have been
 * frozen or cached since the claim was committed, which ends a period of the connection. It may also have been stopped
 * without notice, which shows as a late claim. Its leases may then have expired by the clock of another context, which may
 * have taken the events over and acknowledged them. In both cases each lease is extended first, which fails for a lost
 * lease. Events whose time to live has passed meanwhile become dead letters instead. The caller must deliver in the same task, because a later task could be late again.
 */
export async function verifyLeases(
  connection: Connection,
  settler: ClaimSettler,
  { snapshot, claim, messages, preparedAtMs }: PreparedClaim,
  { leaseMs }: Pick<ClaimRequest, 'leaseMs'>,
): Promise<Required<Pick<Claim, 'messages' | 'places'>>> {
  let held = messages;
  let begunAtMs = preparedAtMs;
  for (let { period } = snapshot.stamp, extensions = 0; ; extensions += 1) {
    const now = await connection.stamp();
    // The page may be stopped again while a lease is extended.
    const isLate =
      extensions < MOST_EXTENSIONS &&
      (now.elapsedMs - begunAtMs > LATE_MS ||
        now.at >= earliest(held.map(({ leaseExpiresAt }) => leaseExpiresAt)));
    if (held.length === 0 || (now.period === period && !isLate))
      return { messages: held, places: held.map(({ eventId }) => claim.held.get(eventId)) };
    period = now.period;
    begunAtMs = now.elapsedMs;
    const hasExpired = held.map(({ createdAt, ttlMs }) => isExpired(createdAt, ttlMs, now.at));
    const requests = held.map(({ eventId, channel, lease = 0 }, index): KnownRequest => {
      const command = hasExpired[index] ? EXPIRE : { verb: 'extend' as const, ms: leaseMs };
      return { eventId, channel, lease, place: claim.held.get(eventId), command };
    });
    const settlements = await settler.settle(requests);
    const leaseExpiresAt = now.at + leaseMs;
    held = held
      .filter((_, index) => settlements[index] === 'ok' && !hasExpired[index])
      .map((message) => Object.freeze({ ...message, leaseExpiresAt }));
  }
}
