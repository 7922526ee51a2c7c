import type { Runtime } from '../../core/runtime/runtime.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import type { Lanes } from './lanes.ts';

/** Lets those of the stored events go that wait for an event which has ended. Call it once all events of a step are stored. */
export function letGo(
  { lanes, runtime }: { readonly lanes: Lanes; readonly runtime: Runtime },
  events: readonly NewEvent[],
): void {
  for (const { channel, after } of events)
    if (after)
      for (const queue of [channel, ...(lanes.groupQueues.get(channel) ?? [])])
        lanes.get(queue)?.letGoAfter(after.eventId, lanes.followClock(runtime.now()));
}
