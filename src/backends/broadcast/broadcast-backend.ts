import type { Metadata } from '../../core/events/message.ts';
import type { Confirmation, Member } from '../../core/events/receipts.ts';
import { checkChannelName } from '../../core/options/channel-name.ts';
import { requireOptions } from '../../core/options/options.ts';
import type { Capabilities } from '../../core/protocols/capability.ts';
import type { AsyncEventBackend, ConfirmDraft } from '../../core/protocols/protocols.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import { watchLifecycle } from '../../platform/page-lifecycle.ts';
import { QUEUE_CAPABILITIES } from '../../queue/capabilities.ts';
import { draftEvents } from '../../queue/draft-events.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { checkQueueName } from '../../queue/group-queues.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { type BroadcastBackendOptions, checkBroadcastOptions } from './broadcast-options.ts';
import { FanOut } from './fan-out.ts';
import type { Membership } from './members/membership.ts';
import { watchMembers } from './members/watch-members.ts';
import { requireConfirmed, requireReply, splitTerms } from './sending/confirm-terms.ts';

const CAPABILITIES: Capabilities = Object.freeze({
  ...QUEUE_CAPABILITIES,
  publishConfirmed: true,
  request: true,
  reply: true,
  self: true,
  members: true,
  join: true,
  localGroups: true,
});

/** The backend protocol, with what only the broadcast backend can do. */
export interface BroadcastBackend extends AsyncEventBackend {
  /** The id of this context among the members. */
  readonly memberId: string;
  publishConfirmed(draft: ConfirmDraft): Promise<Confirmation>;
  request(draft: ConfirmDraft): Promise<unknown>;
  members(channel: string): Promise<Member[]>;
  watchMembers(channel: string, watcher: (members: readonly Member[]) => void): Stop;
  join(queue: string): Stop;
}

/**
 * Delivers each event to every context that is a member of its channel: tabs and workers of an origin, threads of a Node
 * process. Each member stores, leases and settles its own copy in memory, and sends a receipt where the publisher waits
 * for one. A context is a member while it has a listener or an iterator. A context that only dequeues is a member until
 * `shutdown()`.
 *
 * `publish` resolves when the event is sent. An event that no member receives is gone. Errors of its calls:
 * `unconfirmed`, `no-members`, `no-reply`, `timeout`. Without a BroadcastChannel the backend can be created, and each
 * call rejects as `unsupported`.
 *
 * In Deno an open BroadcastChannel keeps the process alive. There it is closed while the context is no member, waits for
 * no other context, and has published nothing for five seconds.
 *
 * @example
 * const events = new EventChannel({ backend: broadcastBackend({ name: 'shop' }) });
 * events.listen('signed-out', () => location.reload());
 */
export function broadcastBackend(given: BroadcastBackendOptions): BroadcastBackend {
  const options = checkBroadcastOptions(given);
  const fanOut = new FanOut(options, () => stopWatching());
  const { membership } = fanOut;
  const stopWatching = watchLifecycle({
    suspend: () => fanOut.suspend(),
    resume: () => void fanOut.resume(),
    wake: () => undefined,
  });
  const queue = new QueueBackend({
    backendName: 'broadcast',
    store: fanOut,
    notifier: fanOut.notifier,
    runtime: options.runtime,
    capabilities: CAPABILITIES,
    prepare: () => membership.wire.requireOpen(),
  });
  const publish = queue.publish.bind(queue);
  return Object.assign(
    queue,
    {
      memberId: membership.selfId,
      join: (name: string) => {
        checkQueueName(queue, name);
        return fanOut.join(name);
      },
      ...membershipOf(membership),
    },
    confirmingVerbs(fanOut, queue, publish),
  );
}

type Publish = AsyncEventBackend['publish'];

/** The verbs that wait for the members. Without `confirm`, `publish` is that of the queue. */
function confirmingVerbs(fanOut: FanOut, queue: QueueBackend, publish: Publish) {
  const publishConfirmed = async (draft: ConfirmDraft): Promise<Confirmation> => {
    requireOptions(draft, 'event');
    const { terms, options } = splitTerms(draft.options);
    const [event] = draftEvents([{ ...draft, options }], queue);
    const { eventId, channel } = event as NewEvent;
    const confirmation = fanOut.appendConfirmed(event as NewEvent, terms);
    fanOut.membership.report({ type: 'published', channel, eventId });
    return confirmation;
  };
  return {
    publishConfirmed,
    publish: (
      channel: string,
      payload: unknown,
      metadata?: Metadata | null,
      options?: ConfirmDraft['options'],
    ) => {
      if (options?.confirm === undefined) return publish(channel, payload, metadata, options);
      const draft = { channel, payload, metadata, options } as ConfirmDraft;
      return publishConfirmed(draft).then((answer) => requireConfirmed(channel, answer));
    },
    request: async (draft: ConfirmDraft) => {
      requireOptions(draft, 'event');
      const options = { ...draft.options, confirm: 'reply', self: false } as const;
      return requireReply(draft.channel, await publishConfirmed({ ...draft, options }));
    },
  };
}

function membershipOf(membership: Membership) {
  return {
    members: async (channel: string) => {
      checkChannelName(channel);
      membership.wire.requireOpen();
      return membership.holdProcess(membership.members(channel));
    },
    watchMembers: (channel: string, watcher: (members: readonly Member[]) => void) => {
      checkChannelName(channel);
      membership.wire.requireOpen();
      return watchMembers(membership, channel, watcher);
    },
  };
}
