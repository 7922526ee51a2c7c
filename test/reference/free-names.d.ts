// The names that the examples of docstrings use and do not declare. A test compiles the examples with them.
import type { Context, Tracer } from '@opentelemetry/api';
import type { AsyncEventBackend, Delivery, EventChannel } from 'ackline';
import type { OpenedOutbox, Outbox, SyncEventLike } from 'ackline/outbox';

declare global {
  interface Order {
    readonly id: number;
    readonly total: number;
  }
  interface Photo {
    readonly file: Blob;
  }
  interface Reading {
    readonly celsius: number;
  }
  interface Shop {
    'order.placed': Order;
    orders: Order;
    readings: Reading;
    'mail.send': { readonly to: string };
    'signed.out': null;
  }

  // The application
  const events: EventChannel<Shop>;
  const outbox: Outbox;
  const order: Order;
  const cartId: string;
  const eventId: string;
  const user: { readonly id: string };
  const delivery: Delivery<Order>;
  const deliveries: readonly Delivery<Order>[];
  const cause: unknown;
  const text: string;
  const cluster: AsyncEventBackend;
  const orders: {
    confirm(id: number): void;
    remove(id: number, reason: string | null): void;
  };
  function upload(delivery: unknown): Promise<void>;
  function put(order: Order): Promise<void>;
  function save(payload: unknown, signal: object): Promise<void>;
  function send(delivery: unknown): Promise<void>;
  function updateIndex(delivery: unknown): Promise<void>;
  function show(...given: readonly unknown[]): void;
  function showBadge(count: number | undefined): void;
  function showFailure(...given: readonly unknown[]): void;
  function showFailures(letters: readonly unknown[]): void;
  function token(): Promise<string>;
  function isSignedIn(request: unknown): boolean;
  function openOutbox(): OpenedOutbox;
  const socket: { upload(deliveries: readonly unknown[]): Promise<void> };

  // Other libraries
  const context: { with(active: Context, run: () => void): void };
  const tracer: Tracer;
  const encrypt: (value: unknown) => Promise<Uint8Array>;
  const decrypt: (stored: unknown) => Promise<unknown>;
  const redis: {
    set(name: string, value: string, terms: object): Promise<string | null>;
    get(name: string): Promise<string | null>;
  };
  const createServer: typeof import('node:http').createServer;
  const DatabaseSync: typeof import('node:sqlite').DatabaseSync;
  const createElement: typeof import('react').createElement;
  const setCount: (change: (count: number) => number) => void;
  const computed: typeof import('vue').computed;
  const count: { value: number };
  const z: typeof import('zod').z;
  const Mail: import('zod').ZodType<{ to: string }>;
  const toMail: (payload: unknown) => unknown;
  function addEventListener(type: 'sync', run: (event: SyncEventLike) => void): void;
  function test(name: string, run: () => unknown): void;
}
