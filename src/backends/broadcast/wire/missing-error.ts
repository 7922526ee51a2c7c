import { AcklineError } from '../../../core/reports/errors.ts';

export function missingError(): AcklineError {
  const message = 'this context has no BroadcastChannel (use memoryBackend() there)';
  return new AcklineError('unsupported', message);
}
