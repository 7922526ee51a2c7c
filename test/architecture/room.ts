/** A folder of `src` or an entry, drawn as one node. */
export type Room = {
  /** A folder or a file of the repository. */
  readonly path: string;
  /** In the pictures; default: its path. */
  readonly title?: string;
  /** One sentence: what is in it. */
  readonly purpose: string;
};
