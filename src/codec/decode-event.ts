import type { DeadLetter, EventMessage, Metadata, Redriven } from '../core/events/message.ts';
import { refuse } from '../core/options/options.ts';
import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import { isRefused } from '../core/reports/refusal-reports.ts';
import { chain } from '../core/runtime/chain.ts';
import { attempt } from './attempt.ts';
import type { Codec } from './codec-options.ts';
import { storedMetadata } from './encode-draft.ts';
import { decodeFailure, decodeNote } from './encode-failure.ts';

/** The name of the error of a dead letter that did not decode. */
export const UNDECODABLE = 'UndecodableError';

/** The message with its decoded parts, or the promise of it. Throws or rejects if the payload or the metadata do not decode. */
export function decodeMessage(
  codec: Codec,
  message: EventMessage,
): EventMessage | PromiseLike<EventMessage> {
  return chain(codec.decode(message.payload), (payload) =>
    chain(decodeMetadata(codec, message.metadata), (metadata) =>
      chain(decodeRedriven(codec, message.redriven), (redriven) =>
        Object.freeze({ ...message, payload, metadata, ...(redriven && { redriven }) }),
      ),
    ),
  );
}

/**
 * A dead letter or a browsed event with its decoded parts, or the promise of it. In place of a payload that does not decode it
 * has `missing`, and in place of such metadata null. Never throws and never rejects.
 */
export function decodeShown<Shown extends DeadLetter | BrowsedEvent>(
  codec: Codec,
  shown: Shown,
  missing?: symbol,
): Shown | PromiseLike<Shown> {
  const hasPayload = 'payload' in shown;
  const payload = hasPayload && attempt(() => codec.decode(shown.payload), missing);
  return chain(payload, (decoded) =>
    chain(
      attempt(() => decodeMetadata(codec, shown.metadata), null),
      (metadata) =>
        chain(decodeProvenance(codec, shown), (provenance) => ({
          ...shown,
          ...(hasPayload && { payload: decoded }),
          metadata,
          ...provenance,
        })),
    ),
  );
}

type Provenance = Pick<BrowsedEvent, 'lastError' | 'redriven' | 'note' | 'reason'>;

function decodeProvenance(codec: Codec, shown: Provenance): Provenance | PromiseLike<Provenance> {
  return chain(decodeFailure(codec, shown.lastError), (lastError) =>
    chain(decodeRedriven(codec, shown.redriven), (redriven) =>
      chain(shown.note && decodeNote(codec, shown.note), (note) => ({
        lastError,
        ...(redriven && { redriven }),
        ...(note !== undefined && { note }),
        ...(isRefused(shown, UNDECODABLE) && { reason: 'undecodable' as const }),
      })),
    ),
  );
}

function decodeMetadata(
  codec: Codec,
  metadata: Metadata | null,
): Metadata | null | PromiseLike<Metadata | null> {
  if (metadata === null) return null;
  return chain(codec.decode(storedMetadata(metadata)), (decoded) => {
    if (typeof decoded !== 'object' || Array.isArray(decoded))
      refuse('the decoded metadata', 'an object or null', decoded);
    return decoded as Metadata | null;
  });
}

function decodeRedriven(
  codec: Codec,
  redriven: Redriven | undefined,
): Redriven | undefined | PromiseLike<Redriven | undefined> {
  if (!redriven) return undefined;
  return chain(decodeFailure(codec, redriven.lastError), (lastError) =>
    chain(decodeNote(codec, redriven.note), (note) => ({
      ...redriven,
      lastError,
      note,
      ...(isRefused(redriven, UNDECODABLE) && { reason: 'undecodable' as const }),
    })),
  );
}
