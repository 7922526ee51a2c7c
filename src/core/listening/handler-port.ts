import type { DeliveryHandle } from '../delivery/delivery.ts';
import type { Settlement } from '../events/message.ts';
import type { Capabilities } from '../protocols/capability.ts';
import type { ObserverEvent } from '../reports/observer.ts';
import type { Runtime } from '../runtime/runtime.ts';

export type LeasedDelivery = DeliveryHandle<Promise<Settlement>>;

/** What a listener and its handlers need from their channel. */
export interface HandlerPort {
  readonly runtime: Runtime;
  readonly capabilities: Capabilities;
  readonly report: (event: ObserverEvent) => void;
}
