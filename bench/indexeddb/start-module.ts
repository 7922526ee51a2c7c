/** The module that a page loads to publish its first event. */
export interface StartModule {
  /** Opens the database and publishes one event. */
  start(database: string): Promise<unknown>;
  /** Returns how many events are stored, and closes the database. */
  finish(): Promise<number>;
}
