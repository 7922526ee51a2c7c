import type { AsyncEventHandler } from './delivery.ts';
import { giveBack } from './give-back.ts';
import type { HandlerPort, LeasedHandout } from './handler-port.ts';
import type { Settlement } from './message.ts';
import type { ResolvedSettings } from './options.ts';

/**
 * Runs the handler, settles by how it ends, and then calls `ended`. Never rejects: the lease's expiry is the last
 * resort.
 */
export async function runHandler(
  handout: LeasedHandout,
  handler: AsyncEventHandler,
  settings: ResolvedSettings,
  port: HandlerPort,
  ended: (handout: LeasedHandout, hasFailed: boolean) => void,
): Promise<void> {
  let settled: Promise<Settlement> | undefined;
  let hasFailed = false;
  try {
    await handler(handout.delivery);
    handout.isHandled = true;
    if (settings.autoAck && !handout.isSettled) settled = handout.settle('ack');
  } catch (error) {
    hasFailed = true;
    handout.isHandled = true;
    reportError(handout, error, port);
    if (!handout.isSettled) settled = giveBack(handout, error, settings, port);
  }
  try {
    await settled;
  } catch (error) {
    reportUnsettled(handout, error, port);
  }
  ended(handout, hasFailed);
}

/** A settlement failed, and no caller can receive that. */
export function reportUnsettled(
  { channel }: LeasedHandout,
  error: unknown,
  port: HandlerPort,
): void {
  port.report({ type: 'fault', during: 'settle', channel, error });
}

function reportError(handout: LeasedHandout, error: unknown, port: HandlerPort): void {
  // That it obeyed its signal is no error; why that fired is already told.
  if (handout.isAbort(error)) return;
  const { channel, eventId, attempts } = handout.message;
  port.report({ type: 'handler-error', channel, eventId, attempts, error });
}
