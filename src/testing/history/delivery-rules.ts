import type { ChannelStory } from './channel-story.ts';
import type { EventStory, GroupStory } from './event-story.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryRule, HistoryViolation } from './history-violation.ts';

type Report = (rule: HistoryRule, ...records: readonly HistoryRecord[]) => void;

/** Checks the deliveries and settlements of one event. `ends`: by context, when it ended. */
export function checkDeliveries(
  story: EventStory,
  channel: ChannelStory | undefined,
  ends: ReadonlyMap<string, number>,
  violations: HistoryViolation[],
): void {
  const { eventId, channel: name } = story;
  for (const group of story.groups.values()) {
    const report: Report = (rule, ...records) => {
      const named = group.group === undefined ? {} : { group: group.group };
      violations.push({ rule, channel: name, eventId, ...named, records });
    };
    checkPublished(story, group, report);
    checkSuccession(group, report);
    checkSettlements(group, report);
    checkReject(group, report);
    checkCancel(group, report);
    checkPurge(group, report);
    checkChannelPurges(story, group, channel, report);
    checkReplace(group, report);
    checkExclusion(group, ends, report);
    checkDue(story, group, channel, report);
    checkExpiry(story, group, report);
  }
}

/** Each delivery must equal a publish that did not fail and began earlier. */
function checkPublished(
  { publishes }: EventStory,
  { deliveries }: GroupStory,
  report: Report,
): void {
  for (const delivery of deliveries) {
    const stored = publishes.find(
      ({ outcome, invoked }) => outcome !== 'failed' && invoked <= delivery.time,
    );
    if (!stored) report('unexpected', ...publishes, delivery);
    else if (differ(stored.digest, delivery.digest)) report('unexpected', stored, delivery);
  }
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** Each delivery must have a later token than the one before it, and no smaller attempt unless the event was redriven. */
function checkSuccession({ deliveries, redrives }: GroupStory, report: Report): void {
  const tokens = new Map<number, HistoryRecord>();
  let newest: HistoryRecord | undefined;
  for (const delivery of deliveries) {
    const { lease } = delivery;
    const same = lease === undefined ? undefined : tokens.get(lease);
    if (same) report('two-leases', same, delivery);
    else if (lease !== undefined) tokens.set(lease, delivery);
    if (newest && precedes(newest, delivery)) {
      if (!same && isLess(lease, newest.lease)) report('lease-went-back', newest, delivery);
      if (!mayFollow(redrives, newest, delivery) && isLess(delivery.attempts, newest.attempts))
        report('attempts-went-back', newest, delivery);
    }
    newest = delivery;
  }
}

function precedes(a: HistoryRecord, b: HistoryRecord): boolean {
  return a.time < b.invoked;
}

function isLess(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a < b;
}

/** No delivery may follow an accepted ack, and after a delivery no earlier token may be accepted. */
function checkSettlements(group: GroupStory, report: Report): void {
  const { deliveries, settlements } = group;
  for (const settlement of settlements) {
    const { operation, outcome, invoked, time, lease } = settlement;
    if (outcome !== 'ok' || operation === 'lease-lost') continue;
    const later = deliveries.find(
      (delivery) => isLess(lease, delivery.lease) && delivery.time < invoked,
    );
    if (later) report('stale-settlement', later, settlement);
    if (operation !== 'ack') continue;
    const again = deliveries.find(
      (delivery) => delivery.time > time || (!later && isLess(lease, delivery.lease)),
    );
    if (again) report('redelivered-after-ack', settlement, again);
    const dead = letterBeside(settlement, group);
    if (dead) report('ended-twice', settlement, dead);
  }
}

/** A dead letter of an event that has ended in another way. One that a redrive has put back in between is none. */
function letterBeside(
  end: HistoryRecord,
  { endings, redrives }: GroupStory,
): HistoryRecord | undefined {
  return endings.find(
    (ending) =>
      ending.operation === 'dead-letter' &&
      !(precedes(ending, end) && mayFollow(redrives, ending, end)),
  );
}

/** No delivery may follow an accepted reject, unless the dead letter was redriven. */
function checkReject({ deliveries, settlements, redrives }: GroupStory, report: Report): void {
  const rejects = settlements.filter(
    ({ operation, outcome }) => operation === 'reject' && outcome === 'ok',
  );
  for (const reject of rejects) {
    const again = deliveries.find(({ time }) => time > reject.time);
    if (again && !mayFollow(redrives, reject, again))
      report('redelivered-after-reject', reject, again);
  }
}

/** Whether one of these calls may have taken effect between the two others. */
function mayFollow(
  calls: readonly HistoryRecord[],
  before: HistoryRecord,
  after: HistoryRecord,
): boolean {
  return calls.some(({ invoked, time }) => time >= before.invoked && invoked <= after.time);
}

/** A dead letter that was deleted must not come back. */
function checkPurge({ deliveries, endings }: GroupStory, report: Report): void {
  const purge = endings.find(({ operation, outcome }) => operation === 'purge' && outcome === 'ok');
  const letters = endings.filter(({ operation }) => operation === 'dead-letter');
  const again = [...deliveries, ...letters].find(({ time }) => purge && time > purge.time);
  if (purge && again) report('returned-after-purge', purge, again);
}

/** A call that began after the purge of a whole channel must not deliver an event whose publish had ended before the purge. */
function checkChannelPurges(
  { publishes }: EventStory,
  { deliveries }: GroupStory,
  channel: ChannelStory | undefined,
  report: Report,
): void {
  for (const purge of channel?.purges ?? []) {
    if (purge.outcome !== 'ok' || !publishes.every(({ time }) => time < purge.invoked)) continue;
    const again = deliveries.find(({ invoked }) => invoked > purge.time);
    if (again) report('returned-after-purge', purge, again);
  }
}

/** An event that was cancelled must not be delivered later, and must not end in another way. */
function checkCancel(group: GroupStory, report: Report): void {
  const { deliveries, settlements, endings } = group;
  const cancel = endings.find(
    ({ operation, outcome }) => operation === 'cancel' && outcome === 'ok',
  );
  if (!cancel) return;
  const later = deliveries.find(({ time }) => time > cancel.time);
  if (later) report('delivered-after-cancel', cancel, later);
  const other =
    settlements.find(({ operation, outcome }) => operation === 'ack' && outcome === 'ok') ??
    letterBeside(cancel, group);
  if (other) report('ended-twice', other, cancel);
}

/** An event that was replaced must not have been delivered since its publish or its last redrive, and must not end in another way. */
function checkReplace(
  { deliveries, settlements, endings, redrives }: GroupStory,
  report: Report,
): void {
  const replace = endings.find(({ operation }) => operation === 'replace');
  if (!replace || redrives.length > 0) return;
  const [delivery] = deliveries;
  if (delivery) report('delivered-and-replaced', delivery, replace);
  const other =
    settlements.find(({ operation, outcome }) => operation === 'ack' && outcome === 'ok') ??
    endings.find(({ operation }) => operation === 'dead-letter' || operation === 'remain');
  if (other) report('ended-twice', other, replace);
}

/** No delivery may begin before the lease of another one has ended by settlement, loss, expiry or the end of its context. */
function checkExclusion(
  { deliveries, settlements }: GroupStory,
  ends: ReadonlyMap<string, number>,
  report: Report,
): void {
  let holder: HistoryRecord | undefined;
  let heldUntil = Number.NEGATIVE_INFINITY;
  for (const delivery of deliveries) {
    if (holder && delivery.time < heldUntil && delivery.lease !== holder.lease)
      report('two-leases', holder, delivery);
    if (delivery.exclusiveUntil === undefined) continue;
    holder = delivery;
    heldUntil = Math.min(
      endOfLease(delivery, settlements),
      ends.get(delivery.context) ?? Number.POSITIVE_INFINITY,
    );
  }
}

function endOfLease(delivery: HistoryRecord, settlements: readonly HistoryRecord[]): number {
  let until = delivery.exclusiveUntil as number;
  for (const { operation, outcome, invoked, lease, exclusiveUntil } of settlements) {
    if (lease !== delivery.lease || outcome === 'failed' || invoked > until) continue;
    if (operation !== 'extend') return Math.min(until, invoked);
    if (exclusiveUntil !== undefined && outcome === 'ok') until = Math.max(until, exclusiveUntil);
  }
  return until;
}

/** No delivery may come after the time to live of its publish. A redrive ends that time. */
function checkExpiry(
  { publishes }: EventStory,
  { deliveries, redrives }: GroupStory,
  report: Report,
): void {
  const [publish, ...others] = publishes.filter(({ outcome }) => outcome !== 'failed');
  const { expiresAt = Number.POSITIVE_INFINITY } = publish ?? {};
  if (!publish || others.length > 0) return;
  const late = deliveries.find(
    ({ time }) => time > expiresAt && !redrives.some(({ invoked }) => invoked <= time),
  );
  if (late) report('delivered-after-expiry', publish, late);
}

/** No delivery may come before the due time of its publish, or of the last nack before it. */
function checkDue(
  { publishes }: EventStory,
  { deliveries, settlements, redrives }: GroupStory,
  channel: ChannelStory | undefined,
  report: Report,
): void {
  const delays = [...publishes, ...settlements].filter(
    ({ outcome, dueAt }) => outcome === 'ok' && dueAt !== undefined,
  );
  for (const delay of delays) {
    const early = deliveries.find(
      ({ time, invoked }) => invoked > delay.time && time < (delay.dueAt as number),
    );
    // An event that was not due may die of its age, and a redrive makes it due at once.
    const hurries = [...(channel?.retriesNow ?? []), ...redrives];
    if (early && !mayFollow(hurries, delay, early)) report('early', delay, early);
  }
}
