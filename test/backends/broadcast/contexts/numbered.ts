/** The payload of a test event. Publisher and number identify the event. */
export interface Numbered {
  readonly publisher: string;
  readonly number: number;
  /** Whether the publisher requests the name of the receiver. */
  readonly asks?: true;
  /** Whether the publisher waits for receipts. */
  readonly isConfirmed: boolean;
  /** Fills the event to a usual size. */
  readonly body: string;
}

/** Whether a payload is of the test, and not of the hostile script. */
export function isNumbered(payload: unknown): payload is Numbered {
  const { publisher, number } = Object(payload) as Partial<Numbered>;
  return typeof publisher === 'string' && typeof number === 'number';
}

/** The member that answers a request. */
export interface Identity {
  readonly name: string;
  /** The kind of context, by the name of its global. */
  readonly kind: string;
}
