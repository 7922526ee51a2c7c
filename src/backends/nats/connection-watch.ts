import type { AcklineError } from '../../core/reports/errors.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import { StatusBoard } from '../../queue/status-board.ts';
import type { NatsConnection } from './nats-connection.ts';
import { connectionError, unavailableError } from './nats-errors.ts';

/**
 * State of the backend's connection.
 *
 * - `closed`: before the first call, and after shutdown. With a `reason`: the program, or too many failures, closed the connection.
 * - `open`: the connection is in use.
 * - `reconnecting`: the connection was lost, and the client connects again. Calls wait for it, for `requestTimeoutMs` at most.
 */
export type NatsState = 'closed' | 'open' | 'reconnecting';

export interface NatsStatus {
  readonly state: NatsState;
  /** Why the connection is closed without a shutdown. Otherwise null. */
  readonly reason: AcklineError | null;
}

/** The client says that the connection is lost by one of these. */
const LOST = ['disconnect', 'staleConnection', 'forceReconnect'];

/** Follows the states of the connection. Only the client's reports and the two methods `start` and `stop` change the state. */
export class ConnectionWatch {
  readonly #connection: NatsConnection;
  readonly #runtime: Runtime;
  readonly #board = new StatusBoard<NatsStatus>({ state: 'closed', reason: null });
  #reports: (AsyncIterable<{ readonly type: string }> & { stop?: () => void }) | undefined;

  constructor(connection: NatsConnection, runtime: Runtime) {
    this.#connection = connection;
    this.#runtime = runtime;
  }

  get status(): NatsStatus {
    return this.#board.current;
  }

  watch(watcher: (status: NatsStatus) => void): Stop {
    return this.#board.watch(watcher);
  }

  start(): void {
    if (this.#reports) return;
    this.#reports = this.#connection.status();
    if (this.#connection.isClosed()) this.#close();
    else this.#post(this.#connection.info ? 'open' : 'reconnecting');
    void this.#follow(this.#reports);
  }

  stop(): void {
    const reports = this.#reports;
    this.#reports = undefined;
    // The iterator of the client ends by `stop` alone. Its `return` would wait for the next report.
    reports?.stop?.();
    this.#post('closed');
  }

  /** Resolves once the connection is open. Rejects with `unavailable` after `ms`, with `closed` if it is closed. */
  async whenOpen(ms: number): Promise<void> {
    if (this.#connection.isClosed()) throw this.#closedError();
    if (this.status.state === 'open') return;
    const state = await this.#nextState(ms);
    if (state === 'open') return;
    if (state === 'closed') throw this.#closedError();
    throw unavailableError(
      `the connection to the NATS server was lost, and not restored within ${Math.ceil(ms)} ms`,
    );
  }

  /** The state after the next change, or `reconnecting` after `ms`. */
  #nextState(ms: number): Promise<NatsState> {
    return new Promise((resolve) => {
      const end = (state: NatsState) => {
        stopTimer();
        stopWatching();
        resolve(state);
      };
      const stopTimer = this.#runtime.after(Math.max(0, ms), () => end('reconnecting'));
      const stopWatching = this.watch(({ state }) => end(state));
    });
  }

  async #follow(reports: AsyncIterable<{ readonly type: string }>): Promise<void> {
    for await (const { type } of reports) {
      if (this.#reports !== reports) return;
      if (LOST.includes(type)) this.#post('reconnecting');
      if (type === 'reconnect') this.#post('open');
      if (type === 'close') this.#close();
    }
  }

  #close(): void {
    this.#post('closed', this.#closedError());
  }

  #closedError(): AcklineError {
    return connectionError(Object.assign(new Error('closed'), { name: 'ClosedConnectionError' }));
  }

  #post(state: NatsState, reason: AcklineError | null = null): void {
    this.#board.post({ state, reason });
  }
}
