/** For a rejection or a duty that is already somebody else's; say at the call who has it. */
export function ignore(): void {
  // Nothing is left to do.
}
