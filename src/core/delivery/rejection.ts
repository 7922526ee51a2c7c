/**
 * A rejected native promise. Under zone.js `Promise.reject` makes a promise that is reported as unhandled before an `async`
 * function that returns it has passed it on.
 */
export async function rejection(error: unknown): Promise<never> {
  throw error;
}
