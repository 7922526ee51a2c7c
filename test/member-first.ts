import type { BroadcastBackend } from 'ackline/broadcast';

/**
 * The suite publishes first and asks afterwards. Over a backend that gives events to members only, the context is to
 * be one before: as if it had listened.
 */
export function memberFirst(backend: BroadcastBackend): BroadcastBackend {
  const publish = backend.publish.bind(backend);
  const publishMany = backend.publishMany?.bind(backend);
  return Object.assign(backend, {
    async publish(...args: Parameters<typeof publish>) {
      backend.join(args[0]);
      return publish(...args);
    },
    async publishMany(...[drafts]: Parameters<NonNullable<typeof publishMany>>) {
      if (Array.isArray(drafts)) for (const { channel } of drafts) backend.join(channel);
      return (await publishMany?.(drafts)) ?? [];
    },
  });
}
