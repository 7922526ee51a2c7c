/** What a page loads to publish its first event. */
export interface StartModule {
  /** Opens the database and publishes one event. */
  start(database: string): Promise<unknown>;
  /** How many events are stored; closes the database. */
  finish(): Promise<number>;
}
