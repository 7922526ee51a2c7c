/**
 * What users get an instance of extends this. Vue wraps no object with a tag in a proxy, through which private fields cannot be
 * read: decision 0083.
 */
export abstract class Tagged {
  get [Symbol.toStringTag](): string {
    return 'Ackline';
  }
}
