import type { AsyncEventHandler } from './delivery.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import type { ResolvedSettings } from './options.ts';
import { type Consequence, consequenceOf, reportHandlerError, settleFailure } from './retry.ts';

/** Who is told how a handler gets on. */
export interface HandlerWatcher {
  /** It has returned: what is left is to settle. */
  returned(): void;
  /** It has failed, or returned, and its event is settled as far as it can be. */
  ended(handout: LeasedDelivery, hasFailed: boolean): void;
}

/**
 * Runs the handler, settles by how it ends, and tells `watcher`. Never rejects: the lease's expiry is the last
 * resort.
 */
export async function runHandler(
  handout: LeasedDelivery,
  handler: AsyncEventHandler,
  settings: ResolvedSettings,
  port: HandlerPort,
  watcher: HandlerWatcher,
): Promise<void> {
  let hasFailed = false;
  let consequence: Consequence | undefined;
  try {
    await handler(handout.delivery);
    handout.isHandled = true;
    watcher.returned();
  } catch (error) {
    handout.isHandled = true;
    hasFailed = true;
    if (!handout.isSettled) consequence = consequenceOf(handout, error, settings, port);
    // That it obeyed its signal is no error; why that fired is already told.
    if (!handout.isAbort(error)) reportHandlerError(handout, error, settings, port, consequence);
  }
  try {
    if (handout.isSettled) return;
    if (consequence) await settleFailure(handout, consequence, port);
    else if (!hasFailed && settings.autoAck) await handout.settle('ack');
  } catch (error) {
    reportUnsettled(handout, error, port);
  } finally {
    // Whatever happens, the slot is free for another event.
    watcher.ended(handout, hasFailed);
  }
}

/** A settlement failed, and no caller can receive that. */
export function reportUnsettled(
  { channel }: LeasedDelivery,
  error: unknown,
  port: HandlerPort,
): void {
  port.report({ type: 'fault', during: 'settle', channel, error });
}
