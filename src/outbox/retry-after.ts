/**
 * Milliseconds until the moment that a `Retry-After` header names, or undefined without a valid one. It is a count of seconds
 * or a date: {@link https://www.rfc-editor.org/rfc/rfc9110#field.retry-after}. A date is compared with the `Date` of the same
 * answer if that can be read, so that a wrong clock of this device does not matter. A date in the past gives 0.
 */
export function retryAfterMs(
  headers: { get(name: string): string | null },
  now: number,
): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const at = dateOf(value);
  if (at === undefined) return undefined;
  return Math.max(0, at - (dateOf(headers.get('date') ?? '') ?? now));
}

/** Other texts are refused, because `Date.parse` finds a date in many of them: `1.5` is a day of 2001. */
function dateOf(text: string): number | undefined {
  if (!/^[A-Z][a-z]+, .* GMT$/.test(text)) return undefined;
  // biome-ignore lint/style/noRestrictedGlobals: it parses a text and reads no clock
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
