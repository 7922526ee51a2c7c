/** Places values of whole decades on an axis of the drawing. */
export interface LogAxis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** `from` and `to` are where the axis begins and ends on the drawing. */
export function logAxis(values: readonly number[], from: number, to: number): LogAxis {
  const wrong = values.find((value) => !(value > 0 && Number.isFinite(value)));
  if (wrong !== undefined)
    throw new TypeError(`a value on a logarithmic axis must be finite and above 0, got ${wrong}`);
  if (values.length === 0) throw new TypeError('a plot must have points, got none');
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: ticksOf(low, high),
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
  };
}

/** With few decades there is room for steps between them. */
function ticksOf(low: number, high: number): number[] {
  const steps = high - low > 2 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: high - low }, (_, index) => low + index);
  const inside = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
  return [...inside, Number(`1e${high}`)];
}
