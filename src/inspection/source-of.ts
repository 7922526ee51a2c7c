import { MemorySource } from '../backends/memory/memory-source.ts';
import type { MemoryStore } from '../backends/memory/memory-store.ts';
import type { BrowsedPage, ChannelsPage } from '../core/browsed-page.ts';
import { partOf } from '../core/part-of.ts';
import type { AsyncEventBackend, SyncEventBackend } from '../core/protocols.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';
import type { InspectionSource } from '../queue/inspection-source.ts';

/** The source of a backend that declares the capability. Throws if the backend was shut down. */
export function sourceOf(
  backend: AsyncEventBackend | SyncEventBackend,
): MaybePromise<InspectionSource> {
  const inspected = partOf(backend, 'inspected') as InspectedParts | undefined;
  if (!inspected) return ownSourceOf(backend);
  inspected.requireOpen();
  return new MemorySource(inspected.store as MemoryStore);
}

/** The source of a backend that has the verbs itself. */
function ownSourceOf(backend: AsyncEventBackend | SyncEventBackend): InspectionSource {
  return {
    browse: ({ channel, ...options }) =>
      backend.browse?.(channel, options) as MaybePromise<BrowsedPage>,
    channels: (limit, after) =>
      backend.channels?.({ limit, ...(after !== '' && { after }) }) as MaybePromise<ChannelsPage>,
  };
}
