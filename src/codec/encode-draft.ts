import { checkMetadata, checkName, copyOf } from '../core/admission.ts';
import type { EventDraft, Metadata, PublishOptions } from '../core/events/message.ts';
import { checkOptions, requireOptions } from '../core/options/options.ts';
import { chain } from '../core/runtime/chain.ts';
import type { Writable } from '../core/runtime/writable.ts';
import { type Codec, checkEncoded, type Encoded } from './codec-options.ts';

/** Encoded metadata, as it is stored: metadata must be an object. */
interface EncodedMetadata extends Metadata {
  readonly encoded: Encoded;
}

/**
 * The draft as it is stored, or the promise of it. Payload, metadata and options are copied during the call, so later changes by
 * the caller do not affect the event.
 */
export function encodeDraft<D extends EventDraft>(codec: Codec, draft: D): D | PromiseLike<D> {
  requireOptions(draft, 'event');
  const { channel, metadata: given = null } = draft;
  checkMetadata(given);
  checkOptions(draft.options);
  const copy = copyOf(draft.payload, 'payload', channel);
  const about = given && (copyOf(given, 'metadata', channel) as Metadata);
  const names = encodeNames(codec, { ...draft.options });
  return chain(names, (options) =>
    chain(encodeValue(codec, copy), (payload) =>
      chain(about && encodeMetadata(codec, about), (metadata) => ({
        ...draft,
        payload,
        metadata,
        ...(draft.options && { options }),
      })),
    ),
  );
}

/** Encodes one value. Throws a `TypeError` if the codec returns what cannot be stored. */
export function encodeValue(codec: Codec, value: unknown): Encoded | PromiseLike<Encoded> {
  return chain(codec.encode(value) as unknown, checkEncoded);
}

function encodeMetadata(
  codec: Codec,
  metadata: Metadata,
): EncodedMetadata | PromiseLike<EncodedMetadata> {
  return chain(encodeValue(codec, metadata), (encoded) => ({ encoded }));
}

/** What `decode` gets for stored metadata. Metadata that was published without a codec is passed as it is. */
export function storedMetadata(metadata: Metadata): unknown {
  const [name, ...others] = Object.keys(metadata);
  return name === 'encoded' && others.length === 0 ? metadata['encoded'] : metadata;
}

function encodeNames(
  { ids, keys }: Codec,
  options: Writable<PublishOptions>,
): PublishOptions | PromiseLike<PublishOptions> {
  const id = encodeName('id', options.id, ids);
  const key = encodeName('key', options.key, keys);
  return chain(id, (storedId) => {
    if (storedId !== undefined) options.id = storedId;
    return chain(key, (storedKey) => {
      if (storedKey !== undefined) options.key = storedKey;
      return options;
    });
  });
}

/** Checked before it is encoded, so that the error is about what the caller gave. */
function encodeName(
  option: string,
  name: string | undefined,
  encode: Codec['ids'],
): string | undefined | Promise<string> {
  if (name === undefined || !encode) return name;
  checkName(option, name);
  return encode(name);
}
