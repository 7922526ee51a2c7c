import type { AcklineError } from '../../../core/errors.ts';

/** Calls that wait until the wire is open. */
export class OpenWaiters {
  #settles: ((refusal?: AcklineError) => void)[] = [];

  add(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settles.push((refusal) => (refusal ? reject(refusal) : resolve()));
    });
  }

  /** Rejects all with `refusal`; resolves them where there is none. */
  settle(refusal?: AcklineError): void {
    for (const settle of this.#settles.splice(0)) settle(refusal);
  }
}
