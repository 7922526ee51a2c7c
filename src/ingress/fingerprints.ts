import type { EventDraft } from '../core/events/message.ts';
import { applyOptions, checkRuntime, DEFAULT_SETTINGS, refuse } from '../core/options/options.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { type Problem, refusal } from './problem.ts';
import { publishProblem, type RefusalTerms } from './publish-problem.ts';

/** Compares payloads with the first under their id. `memoryFingerprints` and `fingerprints` make it, for `createIngress`. */
export interface Fingerprints {
  /**
   * Why the draft is not published: its id has come before with another payload than `received`, or the store has failed. It is
   * compared before the event is published, so no second payload is answered with 202. Never rejects.
   */
  problemOf(
    draft: EventDraft,
    received: unknown,
    terms: FingerprintTerms,
  ): Promise<Problem | undefined>;
}

interface FingerprintTerms extends RefusalTerms {
  readonly onFault: (error: unknown) => unknown;
}

/**
 * Keeps `fingerprint` under `name` for `windowMs` milliseconds, unless one is kept there already, and returns the one that is
 * kept. It must be one step: of two calls at the same time one comes first.
 */
export type KeepFingerprint = (
  name: string,
  fingerprint: string,
  windowMs: number,
) => string | Promise<string>;

export interface MemoryFingerprintsOptions {
  /** Most fingerprints that are kept, from 1; default 100,000. The oldest are forgotten: about 200 bytes each. */
  readonly max?: number | undefined;
  /** The clock. Default: the system's. */
  readonly runtime?: Runtime | undefined;
}

/**
 * Fingerprints of payloads in a store of your own, which more than one process can share. A fingerprint is the SHA-256 of the
 * payload as JSON, or of its bytes.
 *
 * @example
 * const kept = fingerprints(async (name, fingerprint, windowMs) => {
 *   const isNew = await redis.set(name, fingerprint, { NX: true, PX: windowMs });
 *   return isNew ? fingerprint : ((await redis.get(name)) ?? fingerprint);
 * });
 */
export function fingerprints(keep: KeepFingerprint): Fingerprints {
  if (typeof keep !== 'function') refuse('keep', 'a function', keep);
  return {
    async problemOf({ channel, options }, received, terms) {
      const name = JSON.stringify([channel, options?.id]);
      const { dedupeWindowMs = DEFAULT_SETTINGS.dedupeWindowMs } = options ?? {};
      try {
        const fingerprint = await fingerprintOf(received);
        if ((await keep(name, fingerprint, dedupeWindowMs)) === fingerprint) return undefined;
        return refusal(409, 'id-conflict', 'the id has come before with another payload');
      } catch (error) {
        terms.onFault(error);
        return publishProblem(error, terms);
      }
    },
  };
}

const DEFAULTS = { max: 100_000, runtime: systemRuntime };
const RULES = {
  max: 1,
  runtime: (_: string, value: unknown) => checkRuntime(value as Runtime),
};

/**
 * Fingerprints in the memory of this process. They are lost when it ends, so a second payload after a restart is not noticed.
 * Errors: `TypeError` for options out of range.
 *
 * @example
 * const channels = ['order.placed'] as const;
 * const handle = createIngress({ events, channels, fingerprints: memoryFingerprints() });
 */
export function memoryFingerprints(options: MemoryFingerprintsOptions = {}): Fingerprints {
  const { max, runtime } = applyOptions(DEFAULTS, options, RULES);
  const kept = new Map<string, { readonly fingerprint: string; readonly until: number }>();
  return fingerprints((name, fingerprint, windowMs) => {
    const now = runtime.now();
    const known = kept.get(name);
    if (known && known.until > now) return known.fingerprint;
    kept.delete(name);
    kept.set(name, { fingerprint, until: now + windowMs });
    const [oldest] = kept.keys();
    if (kept.size > max && oldest !== undefined) kept.delete(oldest);
    return fingerprint;
  });
}

async function fingerprintOf(payload: unknown): Promise<string> {
  const bytes =
    payload instanceof Uint8Array
      ? new Uint8Array(payload)
      : new TextEncoder().encode(JSON.stringify(payload));
  // biome-ignore lint/style/noRestrictedGlobals: it makes no id and no random number
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
