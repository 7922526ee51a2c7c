import { CHANNEL_NAME } from '../../../core/channel-name.ts';
import { MAX_ITEMS, MAX_REASON_LENGTH, type Message, WIRE_VERSION } from './messages.ts';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const ID = /^[\w-]{1,64}$/;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** A clock can have fractions of milliseconds, and can be before 1970. */
const isTime: Check = Number.isFinite;
const isText: Check = (value) => typeof value === 'string' && value.length <= MAX_REASON_LENGTH;
const isId: Check = (value) => typeof value === 'string' && ID.test(value);
const isChannel: Check = (value) => typeof value === 'string' && CHANNEL_NAME.test(value);
const isObject: Check = (value) => typeof value === 'object' && value !== null;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

/** Reads own data properties only, so that no getter of the sender runs and nothing comes from a prototype. */
function fieldOf(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function hasFields(fields: Fields): Check {
  const names = Object.keys(fields);
  return (value) =>
    isObject(value) && names.every((name) => fields[name]?.(fieldOf(value as object, name)));
}

function isListOf(check: Check): Check {
  // `every` would skip holes.
  return (value) =>
    Array.isArray(value) &&
    value.length <= MAX_ITEMS &&
    value.findIndex((item) => !check(item)) === -1;
}

/** A payload can be anything, and so can a reply. */
const isEvent = hasFields({
  channel: isChannel,
  publisher: isId,
  seq: (value) => isCount(value) && value !== 0,
  eventId: isId,
  metadata: orNull((value) => isObject(value) && !Array.isArray(value)),
  createdAt: isTime,
  delayMs: optional(isCount),
  confirm: isOneOf(undefined, true),
});
const isHead = hasFields({ channel: isChannel, publisher: isId, seq: isCount });
const isReceipt = hasFields({
  eventId: isId,
  outcome: isOneOf('acknowledged', 'rejected'),
  reason: orNull(isText),
});
const areChannels = isListOf(isChannel);

/** The fields of each kind, beside its sender. */
const KINDS: Readonly<Record<Message['kind'], Fields>> = {
  events: { events: isListOf(isEvent) },
  hello: {
    channels: areChannels,
    joined: areChannels,
    returned: areChannels,
    asks: isOneOf(true, false),
    heads: optional(isListOf(isHead)),
  },
  bye: { channels: areChannels },
  heads: {
    to: isId,
    heads: isListOf(isHead),
    joined: areChannels,
    histories: areChannels,
  },
  ask: {
    to: isId,
    channel: isChannel,
    publisher: isId,
    after: isCount,
    upTo: isCount,
    since: orNull(isTime),
  },
  replay: {
    to: isId,
    channel: isChannel,
    publisher: isId,
    head: isCount,
    after: isCount,
    events: isListOf(isEvent),
  },
  recall: { to: isId, channel: isChannel, count: isCount },
  history: {
    to: isId,
    channel: isChannel,
    events: isListOf(isEvent),
    heads: isListOf(isHead),
  },
  receipts: { to: isId, receipts: isListOf(isReceipt) },
};

/** The data as a message, or the reason why it is none. */
export function readMessage(data: unknown): Message | 'foreign' | 'newer-version' | 'malformed' {
  if (!isObject(data)) return 'foreign';
  const version = fieldOf(data as object, 'ackline');
  if (version !== WIRE_VERSION)
    return isCount(version) && (version as number) > WIRE_VERSION ? 'newer-version' : 'foreign';
  const kind = fieldOf(data as object, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return 'malformed';
  const fields = KINDS[kind as Message['kind']];
  const isSound = isId(fieldOf(data as object, 'from')) && hasFields(fields)(data);
  return isSound ? (data as Message) : 'malformed';
}
