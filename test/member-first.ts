import type { BroadcastBackend } from 'ackline/broadcast';

/**
 * Joins the channel before each publish. The suite publishes first and dequeues afterwards, and such a backend delivers events
 * to members only.
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
