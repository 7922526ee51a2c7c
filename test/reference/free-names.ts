// The names that the examples of docstrings use and do not declare. The test that compiles the examples imports them.
import type { Context, Tracer } from '@opentelemetry/api';
import type { AsyncEventBackend, Delivery, EventChannel } from 'ackline';
import type { OpenedOutbox, Outbox, SyncEventLike } from 'ackline/outbox';

export interface Order {
  readonly id: number;
  readonly total: number;
}
export interface Photo {
  readonly file: Blob;
}
export interface Reading {
  readonly celsius: number;
}
export interface Shop {
  'order.placed': Order;
  orders: Order;
  readings: Reading;
  'mail.send': { readonly to: string };
  'signed.out': null;
}

// The application
export declare const events: EventChannel<Shop>;
export declare const outbox: Outbox;
export declare const order: Order;
export declare const cartId: string;
export declare const eventId: string;
export declare const user: { readonly id: string };
export declare const delivery: Delivery<Order>;
export declare const deliveries: readonly Delivery<Order>[];
export declare const cause: unknown;
export declare const text: string;
export declare const cluster: AsyncEventBackend;
export declare const orders: {
  confirm(id: number): void;
  remove(id: number, reason: string | null): void;
};
export declare function upload(delivery: unknown): Promise<void>;
export declare function put(order: Order): Promise<void>;
export declare function save(payload: unknown, signal: object): Promise<void>;
export declare function send(delivery: unknown): Promise<void>;
export declare function updateIndex(delivery: unknown): Promise<void>;
export declare function show(...given: readonly unknown[]): void;
export declare function showBadge(count: number | undefined): void;
export declare function showFailure(...given: readonly unknown[]): void;
export declare function showFailures(letters: readonly unknown[]): void;
export declare function token(): Promise<string>;
export declare function isSignedIn(request: unknown): boolean;
export declare function openOutbox(): OpenedOutbox;
export declare const socket: { upload(deliveries: readonly unknown[]): Promise<void> };

// Other libraries
export declare const context: { with(active: Context, run: () => void): void };
export declare const tracer: Tracer;
export declare const encrypt: (value: unknown) => Promise<Uint8Array>;
export declare const decrypt: (stored: unknown) => Promise<unknown>;
export declare const redis: {
  set(name: string, value: string, terms: object): Promise<string | null>;
  get(name: string): Promise<string | null>;
};
export declare const createServer: typeof import('node:http').createServer;
export declare const pool: import('pg').Pool;
export declare const postgres: typeof import('postgres');
export declare const DatabaseSync: typeof import('node:sqlite').DatabaseSync;
/** Of `@nats-io/transport-node`. */
export declare const connect: typeof import('@nats-io/transport-node').connect;
export declare const createElement: typeof import('react').createElement;
export declare const setCount: (change: (count: number) => number) => void;
export declare const computed: typeof import('vue').computed;
export declare const count: { value: number };
export declare const z: typeof import('zod').z;
export declare const Mail: import('zod').ZodType<{ to: string }>;
export declare const toMail: (payload: unknown) => unknown;
export declare function addEventListener(type: 'sync', run: (event: SyncEventLike) => void): void;
export declare function test(name: string, run: () => unknown): void;
