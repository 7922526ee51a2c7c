import type { Attributes } from '@opentelemetry/api';
import { describeFailure } from '../core/options/describe-failure.ts';
import { channelOfQueue, groupOfQueue } from '../core/options/queue-name.ts';
import { codeOf } from '../core/reports/errors.ts';

/** The kinds of operation of the semantic conventions. */
export type OperationType = 'create' | 'send' | 'receive' | 'process' | 'settle';

/** What a span or a measurement is about. */
export interface Subject {
  /** The verb of this library, or `create` or `process`. */
  readonly name: string;
  readonly type: OperationType;
  /** A channel, or the queue of a group. Absent for several channels. */
  readonly queue?: string | undefined;
}

export const SYSTEM = { 'messaging.system.name': 'ackline' } as const;
export const CHANNEL = 'messaging.destination.name';
const OPERATION_TYPE = 'messaging.operation.type';
export const MESSAGE_ID = 'messaging.message.id';
export const BATCH_COUNT = 'messaging.batch.message_count';
/** Number of the delivery. The conventions have no attribute for it that is not of another system. */
export const ATTEMPTS = 'ackline.message.delivery_count';
/** `ok`, `stale` or `gone`. */
export const SETTLEMENT = 'ackline.settlement';

/** The attributes that spans and metrics have in common. None is of one event. */
export function attributesOf({ name, type, queue }: Subject, server: Attributes): Attributes {
  const group = queue === undefined ? undefined : groupOfQueue(queue);
  return {
    ...SYSTEM,
    ...server,
    'messaging.operation.name': name,
    [OPERATION_TYPE]: type,
    ...(queue !== undefined && { [CHANNEL]: channelOfQueue(queue) }),
    ...(group !== undefined && { 'messaging.consumer.group.name': group }),
  };
}

/** The attributes of a metric whose name says the type of the operation, so that the conventions give it none. */
export function withoutType({ [OPERATION_TYPE]: type, ...others }: Attributes): Attributes {
  return others;
}

export function spanNameOf({ name, queue }: Subject): string {
  return queue === undefined ? name : `${name} ${channelOfQueue(queue)}`;
}

/** The code of an error of this library, or the name of another error. */
export function errorTypeOf(error: unknown): string {
  const code = codeOf(error);
  return typeof code === 'string' ? code : describeFailure(error).name;
}
