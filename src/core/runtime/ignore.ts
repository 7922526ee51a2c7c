/** For a rejection or a call that another part handles already. The caller says in a comment which part that is. */
export function ignore(): void {
  // Intentionally empty.
}
