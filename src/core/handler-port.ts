import type { Capabilities } from './capability.ts';
import type { DeliveryHandle } from './delivery.ts';
import type { Settlement } from './message.ts';
import type { ObserverEvent } from './observer.ts';
import type { Runtime } from './runtime.ts';

export type LeasedDelivery = DeliveryHandle<Promise<Settlement>>;

/** What a listener and its handlers need from their channel. */
export interface HandlerPort {
  readonly runtime: Runtime;
  readonly capabilities: Capabilities;
  readonly report: (event: ObserverEvent) => void;
}
