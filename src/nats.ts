export type { NatsState, NatsStatus } from './backends/nats/connection-watch.ts';
export { type NatsBackend, natsBackend } from './backends/nats/nats-backend.ts';
export type { NatsConnection, NatsMessage } from './backends/nats/nats-connection.ts';
export type { NatsBackendOptions } from './backends/nats/nats-options.ts';
