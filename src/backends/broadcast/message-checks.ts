import { CHANNEL_NAME } from '../../core/channel-name.ts';
import { MAX_ITEMS, MAX_REASON_LENGTH, type Message, WIRE_VERSION } from './messages.ts';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const ID = /^[\w-]{1,64}$/;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
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

/** Own data properties only: what is looked at runs nothing of the sender's, and comes from no prototype. */
function fieldOf(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function hasFields(fields: Fields): Check {
  return (value) => {
    if (!isObject(value)) return false;
    for (const name in fields) if (!fields[name]?.(fieldOf(value as object, name))) return false;
    return true;
  };
}

function isListOf(check: Check): Check {
  // `every` would pass over holes.
  return (value) =>
    Array.isArray(value) &&
    value.length <= MAX_ITEMS &&
    value.findIndex((item) => !check(item)) === -1;
}

/** A payload may be anything, as may a reply. */
const isEvent = hasFields({
  channel: isChannel,
  publisher: isId,
  seq: (value) => isCount(value) && value !== 0,
  eventId: isId,
  metadata: orNull((value) => isObject(value) && !Array.isArray(value)),
  createdAt: isCount,
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
const isFromOne = (fields: Fields): Check => hasFields({ from: isId, ...fields });

/** What each kind must have. */
const KINDS: Readonly<Record<Message['kind'], Check>> = {
  events: isFromOne({ events: isListOf(isEvent) }),
  hello: isFromOne({
    channels: areChannels,
    joined: areChannels,
    returned: areChannels,
    asks: isOneOf(true, false),
  }),
  bye: isFromOne({ channels: areChannels }),
  heads: isFromOne({
    to: isId,
    heads: isListOf(isHead),
    joined: areChannels,
    histories: areChannels,
  }),
  ask: isFromOne({
    to: isId,
    channel: isChannel,
    publisher: isId,
    after: isCount,
    upTo: isCount,
    since: orNull(isCount),
  }),
  replay: isFromOne({
    to: isId,
    channel: isChannel,
    publisher: isId,
    head: isCount,
    after: isCount,
    events: isListOf(isEvent),
  }),
  recall: isFromOne({ to: isId, channel: isChannel, count: isCount }),
  history: isFromOne({
    to: isId,
    channel: isChannel,
    events: isListOf(isEvent),
    heads: isListOf(isHead),
  }),
  receipts: isFromOne({ to: isId, receipts: isListOf(isReceipt) }),
};

/** A message that may be anything, if it is one of ours; else why it is none. */
export function readMessage(data: unknown): Message | 'foreign' | 'newer-version' | 'malformed' {
  if (!isObject(data)) return 'foreign';
  const version = fieldOf(data as object, 'ackline');
  if (version !== WIRE_VERSION)
    return isCount(version) && (version as number) > WIRE_VERSION ? 'newer-version' : 'foreign';
  const kind = fieldOf(data as object, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return 'malformed';
  return KINDS[kind as Message['kind']](data) ? (data as Message) : 'malformed';
}
