import { AcklineError } from '../../core/reports/errors.ts';
import { elapsedMs } from '../../core/runtime/runtime.ts';
import { ConnectionWatch } from './connection-watch.ts';
import type { NatsMessage } from './nats-connection.ts';
import { type ApiFailure, apiError, connectionError } from './nats-errors.ts';
import type { NatsSettings } from './nats-options.ts';

/** One request is given up after this time, and repeated if the call may wait for longer. */
const TRY_MS = 2_000;
const LEAST_TRY_MS = 50;
/** A message that is to be deleted is not there. Other failures of a deletion have another code. */
const DELETE_FAILED = 10_057;

const PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;

/** The oldest server whose answers the backend understands. */
const OLDEST = [2, 9];

/** Sends requests to JetStream, and repeats those whose answer is lost, because all of them may be repeated. */
export class JetStream {
  readonly settings: NatsSettings;
  readonly watch: ConnectionWatch;

  constructor(settings: NatsSettings) {
    this.settings = settings;
    this.watch = new ConnectionWatch(settings.connection, settings.runtime);
  }

  get nowMs(): number {
    return elapsedMs(this.settings.runtime);
  }

  /** The answer of the API. Undefined if what it concerns is not there. */
  async find<T>(verb: string, body?: object): Promise<T | undefined> {
    const { apiPrefix } = this.settings;
    const payload = body && JSON.stringify(body);
    return this.repeat(async (timeout) => {
      const answer = await this.#request(`${apiPrefix}.${verb}`, payload, timeout);
      const { error, ...found } = JSON.parse(answer.string()) as T & { error?: ApiFailure };
      if (error?.code === 404 || error?.err_code === DELETE_FAILED) return undefined;
      if (error) throw apiError(error, verb);
      return found as T;
    });
  }

  /** The answer of the API. */
  async ask<T>(verb: string, body?: object): Promise<T> {
    const answer = await this.find<T>(verb, body);
    if (answer !== undefined) return answer;
    throw new AcklineError('storage', `JetStream has nothing of ${verb}`);
  }

  /** Repeats `send` while the server cannot be reached, for `requestTimeoutMs` at most. */
  async repeat<T>(send: (timeoutMs: number) => Promise<T>): Promise<T> {
    const endsAt = this.nowMs + this.settings.requestTimeoutMs;
    let last: AcklineError | undefined;
    for (let failures = 0; ; failures += 1) {
      // A try that is too short would hide why the earlier ones failed.
      if (last && endsAt - this.nowMs < LEAST_TRY_MS) throw last;
      await this.watch.whenOpen(endsAt - this.nowMs);
      this.#requireVersion();
      try {
        return await send(Math.max(1, Math.min(TRY_MS, endsAt - this.nowMs)));
      } catch (thrown) {
        const error = connectionError(thrown);
        // A server that starts has no JetStream at first.
        const mayPass = error.code === 'unavailable' || error.code === 'unsupported';
        if (!mayPass) throw error;
        last = error;
        await this.pause(failures);
      }
    }
  }

  /** Waits between two requests, for a random time that grows with the failures. */
  pause(failures: number): Promise<void> {
    const { runtime } = this.settings;
    const ms = Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** failures);
    return new Promise((resolve) =>
      runtime.after(Math.ceil(ms * (0.5 + runtime.random())), resolve),
    );
  }

  async #request(
    subject: string,
    payload: string | undefined,
    timeout: number,
  ): Promise<NatsMessage> {
    return this.settings.connection.request(subject, payload, { timeout });
  }

  #requireVersion(): void {
    const { info } = this.settings.connection;
    if (!info) return;
    const [major = 0, minor = 0] = info.version.split('.').map(Number);
    if (major > (OLDEST[0] as number) || (major === OLDEST[0] && minor >= (OLDEST[1] as number)))
      return;
    throw new AcklineError(
      'unsupported',
      `the NATS server must have version ${OLDEST.join('.')} or newer, got ${info.version}`,
    );
  }
}
