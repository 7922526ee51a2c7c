import { noGroupError } from '../../queue/group-queues.ts';
import type { Consumers } from './consumers.ts';
import type { JetStream } from './jetstream.ts';
import type { Names } from './names.ts';
import type { NatsMessage } from './nats-connection.ts';
import { connectionError, isUnheard, unavailableError } from './nats-errors.ts';
import { NANOS_PER_MS } from './streams.ts';

/** A server that lives answers a pull within this time. Then the backend asks whether the consumer is there, and pulls again. */
const SILENCE_MS = 1_000;

/** Messages that the server has handed to this context. */
export interface Pulled {
  readonly messages: readonly NatsMessage[];
  /** When the request was sent, on the clock of `nowMs`. The leases of the messages began no earlier. */
  readonly sentAt: number;
}

export interface PullParts {
  readonly api: JetStream;
  readonly names: Names;
  readonly consumers: Consumers;
}

/**
 * Takes up to `limit` messages of a consumer that are due now. If there are none, it waits for the first one for `waitMs`. Errors: `no-group` if the consumer is
 * gone; `unavailable`.
 */
export async function pull(
  parts: PullParts,
  queue: string,
  consumer: string,
  limit: number,
  waitMs = 0,
): Promise<Pulled> {
  const { api, consumers } = parts;
  const { requestTimeoutMs } = api.settings;
  const endsAt = api.nowMs + requestTimeoutMs;
  for (let failures = 0; api.nowMs < endsAt; failures += 1) {
    await api.watch.whenOpen(endsAt - api.nowMs);
    const sentAt = api.nowMs;
    const messages = await ask(parts, queue, consumer, limit, waitMs);
    if (messages) return { messages, sentAt };
    consumers.forget(queue, consumer);
    if (!(await consumers.find(queue, consumer))) throw noGroupError(queue);
    // Without a leader the consumer refuses at once on some servers, and is silent on others.
    if (api.nowMs - sentAt < SILENCE_MS) await api.pause(failures);
  }
  throw unavailableError(
    `the consumer ${consumer} of ${queue} has not answered for ${requestTimeoutMs} ms: it may have no leader`,
  );
}

/** Sends one request. Undefined if nothing is answered in time. */
async function ask(
  { api, names }: PullParts,
  queue: string,
  consumer: string,
  limit: number,
  waitMs: number,
): Promise<NatsMessage[] | undefined> {
  const { connection, apiPrefix, requestTimeoutMs } = api.settings;
  const maxWait = Math.min(SILENCE_MS, requestTimeoutMs);
  const subject = `${apiPrefix}.CONSUMER.MSG.NEXT.${names.stream(queue)}.${consumer}`;
  const payload = JSON.stringify({
    ...{ batch: limit, no_wait: true },
    ...(waitMs > 0 && { expires: waitMs * NANOS_PER_MS }),
  });
  // A message comes with the subject of its event, by which the client's common inbox could not find the request.
  const options = { strategy: 'count', maxMessages: limit, maxWait, noMux: true } as const;
  const messages: NatsMessage[] = [];
  try {
    for await (const message of await connection.requestMany(subject, payload, options)) {
      // 404: nothing is due; 408: nothing more is due; 409: the consumer or its leader has gone.
      if (statusOf(message) > 0) return messages;
      messages.push(message);
    }
  } catch (error) {
    if (messages.length === 0 && !isUnheard(error)) throw connectionError(error);
  }
  return messages.length > 0 ? messages : undefined;
}

/** The status that a server sends in place of a message. 0 for a message. */
function statusOf({ headers, data }: NatsMessage): number {
  return data.byteLength === 0 ? (headers?.code ?? 0) : 0;
}
