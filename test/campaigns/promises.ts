import type { PageReport } from '../backends/indexeddb/contexts/page.ts';

/** What a browser promised before it was killed, and whether it kept that. */
export interface Verdict {
  readonly published: number;
  readonly acknowledged: number;
  /** Promised to be stored, not there at the end, and nobody had asked to acknowledge it. */
  readonly lost: readonly string[];
  /** Acknowledged, and delivered again. */
  readonly redelivered: readonly string[];
  /** Stored before the kill, and told to nobody: allowed, and a sign that kills hit. */
  readonly untold: readonly string[];
}

/** `left` is what was still there at the end, or null if it was all thrown away by the engine. */
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
    untold: [...accounted].filter((eventId) => !published.has(eventId)),
  };
}
