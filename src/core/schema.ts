import type { EventDraft, Metadata } from './message.ts';

/** The default schema: any channel name and any payload. */
export type AnySchema = Record<string, unknown>;

/** The channel names of a schema. A mapped type and not `keyof`: compilers then list the names in their errors. */
export type ChannelOf<Schema> = Extract<{ [C in keyof Schema]: C }[keyof Schema], string>;

/** What members of channel `C` reply with. */
export type ReplyOf<Replies, C> = C extends keyof Replies ? Replies[C] : unknown;

/**
 * What `publish` takes after the channel. The payload may be left out where `undefined` is one. As a conditional type it
 * also makes compilers compare two channels member by member: one with more channels fits where fewer are asked for.
 */
export type PublishArguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, metadata?: Metadata | null | undefined, options?: Options | undefined]
  : [payload: Payload, metadata?: Metadata | null | undefined, options?: Options | undefined];

/** What `request` takes after the channel. */
export type RequestArguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, options?: Options | undefined]
  : [payload: Payload, options?: Options | undefined];

/** A draft whose payload fits its channel. The payload may be left out where `undefined` is one. */
export type DraftOf<Schema> = {
  [C in ChannelOf<Schema>]: undefined extends Schema[C]
    ? Omit<EventDraft<C>, 'payload'> & { readonly payload?: Schema[C] }
    : EventDraft<C, Schema[C]>;
}[ChannelOf<Schema>];
