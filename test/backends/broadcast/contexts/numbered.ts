/** Which events this is, of all that its publisher published. */
export interface Numbered {
  readonly publisher: string;
  readonly number: number;
  /** Whether it is a question: its publisher asks for the name of the receiver. */
  readonly asks?: true;
  /** Whether its publisher waits for receipts. */
  readonly isConfirmed: boolean;
  /** Makes up the size of a usual event. */
  readonly body: string;
}

/** Whether it is an event of the test, and not of the hostile script. */
export function isNumbered(payload: unknown): payload is Numbered {
  const { publisher, number } = Object(payload) as Partial<Numbered>;
  return typeof publisher === 'string' && typeof number === 'number';
}
