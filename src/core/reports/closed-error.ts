import { AcklineError } from './errors.ts';

/** `what` was shut down, and cannot be opened again. */
export function closedError(what = 'channel'): AcklineError {
  return new AcklineError('closed', `the ${what} was shut down: make a new one`);
}
