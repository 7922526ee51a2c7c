/**
 * A promise that is rejected, and a native one: one that `Promise.reject` makes under zone.js is reported as unhandled
 * before an `async` function that returns it has passed it on.
 */
export async function rejection(error: unknown): Promise<never> {
  throw error;
}
