/**
 * A fact about the whole database. Key: `key`.
 *
 * - `identity`: a random `id`, made with the database. Another id means another database.
 * - `destroyed`: `destroy()` is about to delete the database.
 * - `unseen`: a context without Web Locks has read claims at some time.
 */
export type MetaRow =
  | { readonly key: 'identity'; readonly id: string }
  | { readonly key: 'destroyed' | 'unseen' };
