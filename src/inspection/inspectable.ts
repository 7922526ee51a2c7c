import { requireCapability, requireGroup } from '../core/delivery/settler.ts';
import type { EventChannel } from '../core/event-channel.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { refuse } from '../core/options/options.ts';
import { type GroupOptions, queueName } from '../core/options/queue-name.ts';
import type { AnySchema, TypedBackend } from '../core/options/schema.ts';
import type { Capability } from '../core/protocols/capability.ts';
import {
  type AsyncEventBackend,
  isAsyncEventBackend,
  isSyncEventBackend,
  type SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { backendOf } from '../core/protocols/shared-backend.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { SyncEventChannel } from '../core/sync-event-channel.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { InspectionSource } from '../queue/inspection-source.ts';
import { sourceOf } from './source-of.ts';

/** A channel of any schema is assignable to one without channels. */
type NoChannels = Record<never, never>;

/** A channel, or its backend. A channel means its backend: the backend must be open, and the channel may be shut down. */
export type Inspectable =
  | EventChannel<NoChannels, NoChannels, NoChannels>
  | SyncEventChannel<NoChannels, NoChannels>
  | AsyncEventBackend
  | SyncEventBackend;

/** The payload types of a channel, or of a backend with schemas. */
export type SchemaOf<Target> =
  Target extends EventChannel<infer Schema, infer _Replies, infer _Inputs>
    ? Schema
    : Target extends SyncEventChannel<infer Schema, infer _Inputs>
      ? Schema
      : Target extends TypedBackend<infer Schema, infer _Inputs>
        ? Schema
        : AnySchema;

/** A synchronous channel or backend answers at once, an asynchronous one with a promise. */
export type AnswerOf<Target, Answer> = Target extends
  | SyncEventBackend
  | SyncEventChannel<infer _Schema, infer _Inputs>
  ? Answer
  : Promise<Answer>;

export type AnyBackend = AsyncEventBackend | SyncEventBackend;

/** The backend of a channel, or the backend itself. Throws a `TypeError` for any other value. */
export function inspectedBackend(target: unknown): AnyBackend {
  const isObject = typeof target === 'object' && target !== null;
  const backend: unknown = (isObject && backendOf(target)) || target;
  if (isAsyncEventBackend(backend) || isSyncEventBackend(backend)) return backend;
  return refuse('the first argument', 'an event channel or its backend', target);
}

/** The name of the queue that a call concerns. Throws where a name is not valid, and for a group where the backend has none. */
export function inspectedQueue(
  backend: AnyBackend,
  channel: string,
  { group }: GroupOptions = {},
): string {
  checkChannelName(channel);
  if (group !== undefined) requireGroup(backend, group);
  return queueName({ channel, group });
}

/** Reads the store of a backend. Throws, or rejects, if the backend was shut down or lacks the capability. */
export function inspect<Answer>(
  target: unknown,
  capability: Capability,
  read: (source: InspectionSource, backend: AnyBackend) => MaybePromise<Answer>,
): MaybePromise<Answer> {
  const backend = inspectedBackend(target);
  const answer = () => {
    requireCapability(backend, capability);
    const source = sourceOf(backend);
    return isPromiseLike(source)
      ? source.then((opened) => read(opened, backend))
      : read(source, backend);
  };
  return isAsyncEventBackend(backend) ? (async () => answer())() : answer();
}
