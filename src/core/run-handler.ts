import type { AsyncEventHandler } from './delivery.ts';
import { giveBack } from './give-back.ts';
import type { HandlerPort, LeasedHandout } from './handler-port.ts';
import type { Settlement } from './message.ts';
import type { ResolvedSettings } from './options.ts';

/** Who is told how a handler gets on. */
export interface HandlerWatcher {
  /** It has returned: what is left is to settle. */
  returned(): void;
  /** It has failed, or returned, and its event is settled as far as it can be. */
  ended(handout: LeasedHandout, hasFailed: boolean): void;
}

/**
 * Runs the handler, settles by how it ends, and tells `watcher`. Never rejects: the lease's expiry is the last
 * resort.
 */
export async function runHandler(
  handout: LeasedHandout,
  handler: AsyncEventHandler,
  settings: ResolvedSettings,
  port: HandlerPort,
  watcher: HandlerWatcher,
): Promise<void> {
  let settled: Promise<Settlement> | undefined;
  let hasFailed = false;
  try {
    await handler(handout.delivery);
    handout.isHandled = true;
    watcher.returned();
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
  watcher.ended(handout, hasFailed);
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
