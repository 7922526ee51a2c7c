import type { GivenDraft } from './admission.ts';
import { DEFAULT_SETTINGS, type ResolvedSettings } from './options/options.ts';

/** The options of a publish with the settings of its channel. Undefined where the backend does the same without options. */
export function publishOptionsOf(
  settings: ResolvedSettings,
  options: GivenDraft['options'],
): GivenDraft['options'] {
  const {
    id,
    maxEventBytes = settings.maxEventBytes,
    dedupeWindowMs = settings.dedupeWindowMs,
    maxBacklog = settings.maxBacklog,
    whenFull = settings.whenFull,
    retentionMs = settings.retentionMs,
  } = options ?? {};
  const isLimited = maxBacklog !== Number.POSITIVE_INFINITY;
  const isPlain = !options && !isLimited && retentionMs === 0;
  if (isPlain && maxEventBytes === DEFAULT_SETTINGS.maxEventBytes) return undefined;
  return {
    ...options,
    ...(id !== undefined && { dedupeWindowMs }),
    ...(isLimited && { maxBacklog, whenFull }),
    ...(retentionMs > 0 && { retentionMs }),
    maxEventBytes,
  };
}
