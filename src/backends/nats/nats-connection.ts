/** The parts of a NATS connection that the backend calls. `NatsConnection` of `@nats-io/nats-core` has them. */
export interface NatsConnection {
  /** What the server said about itself. Undefined while the connection is lost. */
  readonly info?:
    | { readonly version: string; readonly headers?: boolean; readonly max_payload: number }
    | undefined;
  publish(subject: string, payload?: Uint8Array | string): void;
  request(
    subject: string,
    payload?: Uint8Array | string,
    options?: { timeout: number; headers?: never },
  ): Promise<NatsMessage>;
  requestMany(
    subject: string,
    payload?: Uint8Array | string,
    options?: { strategy: 'count'; maxMessages: number; maxWait: number; noMux: boolean },
  ): Promise<AsyncIterable<NatsMessage>>;
  subscribe(
    subject: string,
    options?: { callback: (error: Error | null, message: NatsMessage) => void },
  ): { unsubscribe(): void };
  status(): AsyncIterable<{ readonly type: string }>;
  isClosed(): boolean;
}

/** The parts of a message that the backend reads. */
export interface NatsMessage {
  readonly data: Uint8Array;
  readonly headers?:
    | { readonly code: number; readonly description: string; get(name: string): string }
    | undefined;
  /** Where the message is acknowledged. */
  readonly reply?: string | undefined;
  string(): string;
}
