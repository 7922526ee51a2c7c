import type { PageReport } from '../backends/indexeddb/contexts/page.ts';

/** What a browser promised before it was killed, and whether the promise was kept. */
export interface Verdict {
  readonly published: number;
  readonly acknowledged: number;
  /** Published, missing at the end, and no acknowledgement was requested. */
  readonly lost: readonly string[];
  /** Acknowledged, and delivered again. */
  readonly redelivered: readonly string[];
  /** Stored, but the publish had not resolved. This is allowed, and shows that kills hit the right moment. */
  readonly unreported: readonly string[];
}

/** `left` has the events at the end, or is null if the engine deleted all data. */
export function judge(reports: readonly PageReport[], left: readonly string[] | null): Verdict {
  const idsOf = (wanted: PageReport['kind']) =>
    reports.filter(({ kind }) => kind === wanted).map(({ eventId }) => eventId);
  const published = new Set(idsOf('published'));
  const acknowledged = new Set<string>();
  const redelivered: string[] = [];
  for (const eventId of idsOf('acknowledged')) {
    if (acknowledged.has(eventId)) redelivered.push(eventId);
    acknowledged.add(eventId);
  }
  redelivered.push(...(left ?? []).filter((eventId) => acknowledged.has(eventId)));
  const accounted = new Set([...(left ?? published), ...idsOf('acknowledging')]);
  return {
    published: published.size,
    acknowledged: acknowledged.size,
    lost: [...published].filter((eventId) => !accounted.has(eventId)),
    redelivered,
    unreported: [...accounted].filter((eventId) => !published.has(eventId)),
  };
}
