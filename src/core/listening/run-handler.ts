import type { AsyncEventHandler } from '../delivery/delivery.ts';
import type { ResolvedSettings } from '../options/options.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import {
  type Consequence,
  consequenceOf,
  reportHandlerError,
  reportUnsettled,
  settleByConsequence,
} from './retry.ts';

/** Follows one handler from its start to its end. */
export interface HandlerWatcher {
  /** The handler returned. Its event is being settled. */
  returned(): void;
  /** The handler returned or failed, and the settlement of its event was answered or has failed. */
  ended(handle: LeasedDelivery, hasFailed: boolean): void;
}

/**
 * A context that was stopped since the claim, or a slow decoder, may have outlasted the lease: another context may have taken the
 * event over and acknowledged it. Then the lease is extended first, which fails for a lost one. Never rejects.
 */
async function confirmLease(handle: LeasedDelivery, { report }: HandlerPort): Promise<void> {
  try {
    await handle.extend();
  } catch (error) {
    report({ type: 'fault', during: 'extend', channel: handle.channel, error });
    handle.lose();
  }
}

/**
 * Runs the handler, settles its event by the way it ended, and notifies `watcher`. A handler whose lease is lost before it starts
 * is not called. Never rejects: if settling fails, the lease expires and the event is delivered again.
 */
export async function runHandler(
  handle: LeasedDelivery,
  handler: AsyncEventHandler,
  settings: ResolvedSettings,
  port: HandlerPort,
  watcher: HandlerWatcher,
): Promise<void> {
  let hasFailed = false;
  let consequence: Consequence | undefined;
  const isOver = port.runtime.now() >= handle.message.leaseExpiresAt;
  if (isOver && port.capabilities.extend) await confirmLease(handle, port);
  try {
    if (!handle.isSettled) await handler(handle.delivery);
    handle.isHandled = true;
    watcher.returned();
  } catch (error) {
    handle.isHandled = true;
    hasFailed = true;
    if (!handle.isSettled) consequence = consequenceOf(handle, error, settings, port);
    // A handler that stops for its signal has not failed. The cause of the abort has been reported already.
    if (!handle.isAbort(error)) reportHandlerError(handle, error, settings, port, consequence);
  }
  try {
    if (handle.isSettled) return;
    if (consequence) await settleByConsequence(handle, consequence, port);
    else if (!hasFailed && settings.autoAck) await handle.settle('ack');
  } catch (error) {
    reportUnsettled(handle, error, port);
  } finally {
    // The slot becomes free in every case.
    watcher.ended(handle, hasFailed);
  }
}
