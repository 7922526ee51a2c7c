const COUNT = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** From the largest. */
const UNITS = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'min', seconds: 60 },
  { unit: 's', seconds: 1 },
] as const;

export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** At most six characters. */
export function formatShort(count: number): string {
  return (count < 100_000 ? COUNT : SHORT).format(count);
}

/** With its sign, for changes. */
export function formatChange(count: number): string {
  const sign = count > 0 ? '+' : count < 0 ? '−' : '';
  return sign + COUNT.format(Math.abs(count));
}

/** `epochMs` in the time zone of the page. A number that is no time is shown as it is. */
export function formatTime(epochMs: number): string {
  return Math.abs(epochMs) <= 8.64e15 ? TIME.format(epochMs) : String(epochMs);
}

/** The two largest units of a duration: `3 min 20 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const at = UNITS.findIndex((unit) => seconds >= unit.seconds);
  const large = UNITS[at];
  if (!large) return '0 s';
  const small = UNITS[at + 1];
  const rest = small ? Math.floor((seconds % large.seconds) / small.seconds) : 0;
  const first = `${Math.floor(seconds / large.seconds)} ${large.unit}`;
  return small && rest > 0 ? `${first} ${rest} ${small.unit}` : first;
}

/** A time as seen from `now`: `in 12 s`, `3 min ago`. */
export function formatFromNow(epochMs: number, now: number): string {
  const span = formatSpan(epochMs - now);
  return epochMs > now ? `in ${span}` : `${span} ago`;
}

/** `1 event`, `2 events`. */
export function formatMany(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;
}
