export interface CreateGroupOptions {
  /**
   * Whether the channel keeps its plain queue, for consumers without a group; default true. With `false` that queue gets no
   * event that is published from then on, until the last group is deleted. Its consumers get the events that it has, and then
   * the error `no-group`. Use it where every consumer names a group: a plain queue without consumers would grow for ever.
   */
  readonly plainQueue?: boolean | undefined;
}

/** The groups of a backend's channels. */
export interface GroupVerbs {
  /** Creates a group. Every event published to `channel` after that reaches the group. Resolves with false if it exists. */
  create(channel: string, group: string, options?: CreateGroupOptions): Promise<boolean>;
  /** Deletes a group with its events. Its consumers get `no-group`. Resolves with false if there is none. */
  delete(channel: string, group: string): Promise<boolean>;
  /** Resolves with the names of the groups, in the order of their creation. */
  list(channel: string): Promise<string[]>;
}

/** {@link GroupVerbs} without promises. */
export interface SyncGroupVerbs {
  create(channel: string, group: string, options?: CreateGroupOptions): boolean;
  delete(channel: string, group: string): boolean;
  list(channel: string): string[];
}
