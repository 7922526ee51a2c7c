import { applyOptions, refuse, requireOptions } from '../core/options/options.ts';

/** What is stored in place of a value. A string works over every backend, bytes over those that store structured clones. */
export type Encoded = string | Uint8Array;

/** Encodes and decodes what a synchronous backend stores. */
export interface SyncCodec {
  /**
   * Returns what is stored in place of `value`: of a payload, of metadata, or of the name and message of an error. The value is a
   * copy that no other code has. If it throws for an event, the publish fails with its error, and nothing is stored.
   */
  readonly encode: (value: unknown) => Encoded;
  /**
   * Returns the value that was encoded. It also gets values that were published without a codec, as they are: return them, or
   * throw. If it throws, the event becomes a dead letter with the reason `undecodable`. A `RetryError` postpones the event
   * instead, such as until its key is there.
   */
  readonly decode: (stored: unknown) => unknown;
  /**
   * Returns the id that is stored, and used from then on, for the option `id` of a publish, 1 to 200 characters. Must return
   * the same for the same id: ids are compared. Default: ids are stored as they are given. Random ids are never encoded.
   */
  readonly ids?: ((id: string) => string) | undefined;
  /** As `ids`, for the option `key` of a publish. */
  readonly keys?: ((key: string) => string) | undefined;
}

/** Encodes and decodes what a backend stores. See {@link SyncCodec}: here each function may return a promise. */
export interface Codec {
  readonly encode: (value: unknown) => Encoded | Promise<Encoded>;
  readonly decode: (stored: unknown) => unknown;
  readonly ids?: ((id: string) => string | Promise<string>) | undefined;
  readonly keys?: ((key: string) => string | Promise<string>) | undefined;
}

const RULES = {
  encode: requireFunction,
  decode: requireFunction,
  ids: requireFunction,
  keys: requireFunction,
};

function requireFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') refuse(option, 'a function', value);
}

/** A checked copy. Throws a `TypeError` for unknown options, and for values that are no functions. */
export function checkCodec(given: Codec): Codec {
  requireOptions(given, 'codec');
  const { encode, decode } = given;
  const codec = applyOptions<Codec>({ encode, decode }, given, RULES);
  requireFunction('encode', codec.encode);
  requireFunction('decode', codec.decode);
  return codec;
}

/** Throws a `TypeError` unless `encode` returned what can be stored. Types are recognised by tag, for other realms. */
export function checkEncoded(encoded: unknown): Encoded {
  const isBytes = Object.prototype.toString.call(encoded) === '[object Uint8Array]';
  if (typeof encoded === 'string' || isBytes) return encoded as Encoded;
  return refuse('the result of encode', 'a string or a Uint8Array', encoded);
}
