import { ackCases } from './ack.ts';
import { afterCases } from './after.ts';
import { afterEndingsCases } from './after-endings.ts';
import { afterPlacesCases } from './after-places.ts';
import { attemptsCases } from './attempts.ts';
import { availableAtCases } from './available-at.ts';
import { blockedKeysCases } from './blocked-keys.ts';
import { browseCases } from './browse.ts';
import { browseChangesCases } from './browse-changes.ts';
import { cancelCases } from './cancel.ts';
import { capabilitiesCases } from './capabilities.ts';
import { channelIteratorsCases } from './channel-iterators.ts';
import { channelListenersCases } from './channel-listeners.ts';
import { channelNameCases } from './channel-name.ts';
import { channelSettlingCases } from './channel-settling.ts';
import { channelsCases } from './channels.ts';
import { combinedCases } from './combined.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { deadLettersCases } from './dead-letters.ts';
import { delayCases } from './delay.ts';
import { dequeueCases } from './dequeue.ts';
import { dequeueManyCases } from './dequeue-many.ts';
import { durabilityCases } from './durability.ts';
import { extendCases } from './extend.ts';
import { failuresCases } from './failures.ts';
import { groupLifeCases } from './group-life.ts';
import { groupsCases } from './groups.ts';
import { inspectGroupsCases } from './inspect-groups.ts';
import { isolationCases } from './isolation.ts';
import { keyOrderCases } from './key-order.ts';
import { keysCases } from './keys.ts';
import { leaseCases } from './lease.ts';
import { lifeStatesCases } from './life-states.ts';
import { maxBacklogCases } from './max-backlog.ts';
import { nackCases } from './nack.ts';
import { observeCases } from './observe.ts';
import { partitionsCases } from './partitions.ts';
import { postponeCases } from './postpone.ts';
import { priorityCases } from './priority.ts';
import { publishCases } from './publish.ts';
import { publishIdCases } from './publish-id.ts';
import { publishManyCases } from './publish-many.ts';
import { publishOptionsCases } from './publish-options.ts';
import { publishValuesCases } from './publish-values.ts';
import { purgeCases } from './purge.ts';
import { redriveCases } from './redrive.ts';
import { redriveStepsCases } from './redrive-steps.ts';
import { rejectCases } from './reject.ts';
import { replaceCases } from './replace.ts';
import { replaceInGroupsCases } from './replace-in-groups.ts';
import { resultsCases } from './results.ts';
import { retentionCases } from './retention.ts';
import { retriesCases } from './retries.ts';
import { retryNowCases } from './retry-now.ts';
import { shutdownCases } from './shutdown.ts';
import { statsCases } from './stats.ts';
import { stayIdleCases } from './stay-idle.ts';
import { ttlCases } from './ttl.ts';
import { waitCases } from './wait.ts';
import { waitForCases } from './wait-for.ts';
import { watchStatsCases } from './watch-stats.ts';

/**
 * What every backend must do, as plain data for any test framework. Give each case a storage of its own, run
 * those whose `requires` the backend meets, and shut down what a case opened when it has ended.
 *
 * @example
 * for (const { name, run } of conformanceCases)
 *   test(name, () => {
 *     const runtime = new ManualRuntime();
 *     const store = memoryStore({ runtime });
 *     return run({ runtime, open: () => memoryBackend({ store }) });
 *   });
 */
export const conformanceCases: readonly ConformanceCase[] = [
  ...capabilitiesCases,
  ...channelNameCases,
  ...publishCases,
  ...publishOptionsCases,
  ...publishValuesCases,
  ...publishManyCases,
  ...publishIdCases,
  ...durabilityCases,
  ...dequeueCases,
  ...dequeueManyCases,
  ...waitCases,
  ...stayIdleCases,
  ...ackCases,
  ...nackCases,
  ...rejectCases,
  ...failuresCases,
  ...extendCases,
  ...leaseCases,
  ...delayCases,
  ...availableAtCases,
  ...ttlCases,
  ...priorityCases,
  ...attemptsCases,
  ...postponeCases,
  ...retriesCases,
  ...retryNowCases,
  ...deadLettersCases,
  ...redriveCases,
  ...redriveStepsCases,
  ...purgeCases,
  ...cancelCases,
  ...partitionsCases,
  ...maxBacklogCases,
  ...keysCases,
  ...combinedCases,
  ...keyOrderCases,
  ...blockedKeysCases,
  ...replaceCases,
  ...groupsCases,
  ...groupLifeCases,
  ...statsCases,
  ...browseCases,
  ...browseChangesCases,
  ...channelsCases,
  ...watchStatsCases,
  ...inspectGroupsCases,
  ...replaceInGroupsCases,
  ...retentionCases,
  ...resultsCases,
  ...waitForCases,
  ...afterCases,
  ...afterEndingsCases,
  ...afterPlacesCases,
  ...observeCases,
  ...isolationCases,
  ...shutdownCases,
  ...lifeStatesCases,
  ...channelSettlingCases,
  ...channelIteratorsCases,
  ...channelListenersCases,
];
