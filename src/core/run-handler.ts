import type { AsyncEventHandler } from './delivery.ts';
import { giveBack } from './give-back.ts';
import type { HandlerPort, LeasedHandout } from './handler-port.ts';
import type { ResolvedSettings } from './options.ts';

/**
 * Runs the handler, settles by how it ends, and resolves with whether it failed. Never rejects: the lease's expiry is
 * the last resort.
 */
export async function runHandler(
  handout: LeasedHandout,
  handler: AsyncEventHandler,
  settings: ResolvedSettings,
  port: HandlerPort,
): Promise<boolean> {
  const { channel, eventId, attempts } = handout.message;
  try {
    await handler(handout.delivery);
  } catch (error) {
    // That it obeyed its signal is no error; why that fired is already told.
    if (!handout.isAbort(error))
      port.report({ type: 'handler-error', channel, eventId, attempts, error });
    if (!handout.isSettled)
      await settleOrReport(port, channel, () => giveBack(handout, error, settings, port));
    return true;
  }
  if (settings.autoAck && !handout.isSettled)
    await settleOrReport(port, channel, () => handout.delivery.ack());
  return false;
}

/** A settlement whose failure no caller can receive goes to the observer. */
export async function settleOrReport(
  port: HandlerPort,
  channel: string,
  settle: () => Promise<unknown>,
): Promise<void> {
  try {
    await settle();
  } catch (error) {
    port.report({ type: 'fault', during: 'settle', channel, error });
  }
}
