import type { Failure } from '../core/events/death-reason.ts';
import { cut } from '../core/options/describe-failure.ts';
import { MAX_NOTE_LENGTH, type SettlingOptions } from '../core/options/settling-options.ts';
import { chain } from '../core/runtime/chain.ts';
import { attempt } from './attempt.ts';
import type { Codec, Encoded } from './codec-options.ts';
import { encodeValue } from './encode-draft.ts';

/** The name of an error whose name and message are encoded in its message. */
const ENCODED_NAME = 'Encoded';
/** A stored note begins with this if it is encoded. */
const ENCODED_NOTE = 'encoded:';
const MAX_MESSAGE_LENGTH = 1_000;
/** What a codec adds to a text does not shrink with it, so the text is cut to this share of what would fit in proportion. */
const SHARE = 0.9;

/** Stored if the codec throws: an event must be settled in any case. */
const UNKNOWN_FAILURE: Failure = { name: 'Error', message: 'the error could not be encoded' };
const UNKNOWN_NOTE = 'the reason could not be encoded';

/**
 * The checked options of a nack or reject, with the error and, if `withNote`, the reason encoded; or the promise of them. Never
 * throws and never rejects.
 */
export function encodeSettling(
  codec: Codec,
  options: SettlingOptions,
  withNote: boolean,
): SettlingOptions | PromiseLike<SettlingOptions> {
  const { error, reason } = options;
  return chain(error && encodeFailure(codec, error), (failure) =>
    chain(withNote ? reason && encodeNote(codec, reason) : reason, (note) => ({
      ...options,
      ...(failure && { error: failure }),
      ...(note !== undefined && { reason: note }),
    })),
  );
}

function encodeFailure(codec: Codec, { name, message }: Failure): Failure | PromiseLike<Failure> {
  const encode = (text: string) => encodeValue(codec, { name, message: text });
  const text = attempt(() => encodedText(encode, message, MAX_MESSAGE_LENGTH), undefined);
  return chain(text, (stored) =>
    stored === undefined ? UNKNOWN_FAILURE : { name: ENCODED_NAME, message: stored },
  );
}

function encodeNote(codec: Codec, note: string): string | PromiseLike<string> {
  const limit = MAX_NOTE_LENGTH - ENCODED_NOTE.length;
  const text = attempt(
    () => encodedText((part) => encodeValue(codec, part), note, limit),
    undefined,
  );
  return chain(text, (stored) => (stored === undefined ? UNKNOWN_NOTE : ENCODED_NOTE + stored));
}

/** The encoded text of a value with `text` in it, which is cut until the result is at most `limit` long. */
function encodedText(
  encode: (text: string) => Encoded | PromiseLike<Encoded>,
  text: string,
  limit: number,
): string | PromiseLike<string> {
  return chain(encode(text), (encoded) => {
    const stored = textOfEncoded(encoded);
    if (stored.length <= limit) return stored;
    if (text === '') throw new RangeError('the encoded text is too long');
    const length = Math.floor((text.length * limit * SHARE) / stored.length);
    return encodedText(encode, length < 1 ? '' : cut(text, length), limit);
  });
}

/** Decodes a stored error. One that is not encoded, or does not decode, is returned as it is. Never throws, never rejects. */
export function decodeFailure(
  codec: Codec,
  failure: Failure | null,
): Failure | null | PromiseLike<Failure | null> {
  if (failure?.name !== ENCODED_NAME) return failure;
  const decoded = attempt(() => codec.decode(encodedOfText(failure.message)), undefined);
  return chain(decoded, (value) => {
    const { name, message } = Object(value) as Partial<Failure>;
    const isWhole = typeof name === 'string' && typeof message === 'string';
    return isWhole ? { ...failure, name, message } : failure;
  });
}

/** As {@link decodeFailure}, for a note. */
export function decodeNote(
  codec: Codec,
  note: string | null,
): string | null | PromiseLike<string | null> {
  if (!note?.startsWith(ENCODED_NOTE)) return note;
  const stored = note.slice(ENCODED_NOTE.length);
  const decoded = attempt(() => codec.decode(encodedOfText(stored)), undefined);
  return chain(decoded, (value) => (typeof value === 'string' ? value : note));
}

function textOfEncoded(encoded: Encoded): string {
  if (typeof encoded === 'string') return `s${encoded}`;
  return `b${btoa(String.fromCharCode(...encoded))}`;
}

function encodedOfText(text: string): Encoded {
  if (text.startsWith('s')) return text.slice(1);
  return Uint8Array.from(atob(text.slice(1)), (character) => character.charCodeAt(0));
}
