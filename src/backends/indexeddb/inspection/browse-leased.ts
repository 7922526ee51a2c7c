import { comparePlaces, type Place } from '../../../queue/browse-cursor.ts';
import { NO_OWNER } from '../liveness/owner-lock.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  requestClaims,
  storedLowWater,
} from '../scanning/claim-table.ts';
import { isBounded } from '../scanning/large-claims.ts';
import { loadEvents } from '../scanning/load-events.ts';
import { type HeldEvent, positionKey, unpackSpans } from '../schema/held-spans.ts';
import type { ClaimRow } from '../schema/schema.ts';
import { type Browse, browsedEvent, eventsPerRead, type FoundEvent } from './browsed-event.ts';

interface Lease {
  readonly place: Place;
  readonly held: HeldEvent;
  readonly claim: ClaimRow;
}

/** The events of the queue that contexts hold, in commit order. */
export async function* browseLeased(browse: Browse): AsyncGenerator<FoundEvent> {
  const leases = await readLeases(browse);
  const { connection, request, from } = browse;
  const count = eventsPerRead(request);
  for (let first = 0; first < leases.length; first += count) {
    const some = leases.slice(first, first + count);
    const places = some.map(({ held }) => held);
    const contents = await loadEvents(connection, request.channel, places);
    for (const { place, held, claim } of some) {
      const content = contents.get(positionKey(held));
      if (!content || content.createdAt > from.since) continue;
      const { owner, epoch: lease } = claim;
      const event = {
        ...browsedEvent(content, held, request),
        ...{ lease, leaseExpiresAt: held.expiresAt, owner: owner === NO_OWNER ? null : owner },
      };
      yield { place, event };
    }
  }
}

async function readLeases({ connection, request, from }: Browse): Promise<readonly Lease[]> {
  const { channel: queue } = request;
  const lowWater = await storedLowWater(connection, queue);
  const found = await connection.read(CLAIM_STORES, (tx) => requestClaims(tx, queue, lowWater));
  const leases: Lease[] = [];
  for (const claim of claimTableOf(queue, found, lowWater).claims) {
    if (!(await isBounded(connection, claim))) continue;
    for (const held of unpackSpans(claim)) {
      const place: Place = [0, 0, held.seq, held.at];
      const isOld = typeof held.at === 'string' || held.seq <= from.until;
      if (isOld && comparePlaces(place, from.place) > 0) leases.push({ place, held, claim });
    }
  }
  return leases.sort((a, b) => comparePlaces(a.place, b.place));
}
