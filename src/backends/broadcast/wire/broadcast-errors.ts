import { AcklineError } from '../../../core/errors.ts';

export function closedError(): AcklineError {
  return new AcklineError('closed', 'the broadcast backend was shut down');
}

export function missingError(): AcklineError {
  const message = 'this context has no BroadcastChannel (use memoryBackend() there)';
  return new AcklineError('unsupported', message);
}
