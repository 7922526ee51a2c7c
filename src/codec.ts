export type { Codec, Encoded, SyncCodec } from './codec/codec-options.ts';
export { withCodec } from './codec/with-codec.ts';
