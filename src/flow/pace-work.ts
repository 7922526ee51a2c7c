import type { HandlerPort } from '../core/listening/handler-port.ts';
import type { ListenerWork, PacedHandler } from '../core/listening/paced-handler.ts';

type Pace = (work: ListenerWork, port: HandlerPort) => ListenerWork;

/** A handler that `listen` recognises as paced. `maker` names it in the error of a direct call. */
export function pacedHandler<Payload, Reply>(
  maker: string,
  pace: Pace,
): PacedHandler<Payload, Reply> {
  const refuseCall = (): never => {
    throw new TypeError(
      `a handler made by ${maker} cannot be called: pass it to listen, or to atRate, as it is`,
    );
  };
  return Object.assign(refuseCall, { pace });
}

/** The work of a listener with this handler, which may be a paced one. */
export function paceWork(
  handler: ListenerWork['handler'] | PacedHandler,
  work: ListenerWork,
  port: HandlerPort,
): ListenerWork {
  return 'pace' in handler ? handler.pace(work, port) : { ...work, handler };
}
