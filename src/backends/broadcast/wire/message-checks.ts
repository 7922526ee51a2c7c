import { CHANNEL_NAME } from '../../../core/options/channel-name.ts';
import {
  type Check,
  fieldOf,
  isArrayOf,
  isCount,
  isObject,
  isPositiveCount,
  isShaped,
  type Shape,
} from '../../../core/options/shape-checks.ts';
import { MAX_ITEMS, MAX_REASON_LENGTH, type Message, WIRE_VERSION } from './messages.ts';

const ID = /^[\w-]{1,64}$/;

/** A clock can have fractions of milliseconds, and can be before 1970. */
const isTime: Check = Number.isFinite;
const isText: Check = (value) => typeof value === 'string' && value.length <= MAX_REASON_LENGTH;
const isId: Check = (value) => typeof value === 'string' && ID.test(value);
const isChannel: Check = (value) => typeof value === 'string' && CHANNEL_NAME.test(value);
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

const isListOf = (check: Check): Check => isArrayOf(check, MAX_ITEMS);

/** A payload can be anything, and so can a reply. */
const isEvent = isShaped({
  channel: isChannel,
  publisher: isId,
  seq: isPositiveCount,
  eventId: isId,
  metadata: orNull((value) => isObject(value) && !Array.isArray(value)),
  createdAt: isTime,
  delayMs: optional(isCount),
  confirm: isOneOf(undefined, true),
});
const isHead = isShaped({ channel: isChannel, publisher: isId, seq: isCount });
const isReceipt = isShaped({
  eventId: isId,
  outcome: isOneOf('acknowledged', 'rejected'),
  reason: orNull(isText),
  group: optional(isChannel),
});
const areChannels = isListOf(isChannel);
/** Of a question to one context, and of its answer. */
const ABOUT_CHANNEL: Shape = { to: isId, question: isPositiveCount, channel: isChannel };

/** The fields of each kind, beside its sender. */
const KINDS: Readonly<Record<Message['kind'], Shape>> = {
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
    ...ABOUT_CHANNEL,
    publisher: isId,
    after: isCount,
    upTo: isCount,
    since: orNull(isTime),
  },
  replay: {
    ...ABOUT_CHANNEL,
    publisher: isId,
    head: isCount,
    after: isCount,
    events: isListOf(isEvent),
  },
  recall: { ...ABOUT_CHANNEL, count: isCount },
  history: {
    ...ABOUT_CHANNEL,
    events: isListOf(isEvent),
    heads: isListOf(isHead),
  },
  receipts: { to: isId, receipts: isListOf(isReceipt) },
};

/** The data as a message, or the reason why it is none. */
export function readMessage(data: unknown): Message | 'foreign' | 'newer-version' | 'malformed' {
  if (!isObject(data)) return 'foreign';
  const version = fieldOf(data, 'ackline');
  if (version !== WIRE_VERSION)
    return isCount(version) && version > WIRE_VERSION ? 'newer-version' : 'foreign';
  const kind = fieldOf(data, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return 'malformed';
  const fields = KINDS[kind as Message['kind']];
  const isSound = isId(fieldOf(data, 'from')) && isShaped(fields)(data);
  return isSound ? (data as Message) : 'malformed';
}
