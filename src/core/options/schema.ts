import type { EventDraft, Metadata } from '../events/message.ts';

/** The default schema: any channel name and any payload. */
export type AnySchema = Record<string, unknown>;

/** A backend from which a channel takes its types: what consumers receive, and what publishers pass. */
export interface TypedBackend<Outputs, Inputs> {
  /** Has no value: it carries the types. */
  readonly '~channels'?:
    | {
        readonly outputs: { readonly [C in keyof Outputs]?: Outputs[C] };
        readonly inputs: { readonly [C in keyof Inputs]?: Inputs[C] };
      }
    | undefined;
}

/** The channel names of a schema. With a mapped type instead of `keyof`, compilers list the names in their errors. */
export type ChannelOf<Schema> = Extract<{ [C in keyof Schema]: C }[keyof Schema], string>;

/** The type of the replies of members of channel `C`. */
export type ReplyOf<Replies, C> = C extends keyof Replies ? Replies[C] : unknown;

/**
 * The arguments of `publish` after the channel name. The payload is optional if its type includes `undefined`. Because this
 * is a conditional type, a client with more channels is assignable to a client with fewer.
 */
export type PublishArguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, metadata?: Metadata | null | undefined, options?: Options | undefined]
  : [payload: Payload, metadata?: Metadata | null | undefined, options?: Options | undefined];

/** The arguments of `request` after the channel name. */
export type RequestArguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, options?: Options | undefined]
  : [payload: Payload, options?: Options | undefined];

/** A draft whose payload fits its channel. The payload is optional if its type includes `undefined`. */
export type DraftOf<Schema> = {
  [C in ChannelOf<Schema>]: undefined extends Schema[C]
    ? Omit<EventDraft<C>, 'payload'> & { readonly payload?: Schema[C] }
    : EventDraft<C, Schema[C]>;
}[ChannelOf<Schema>];
