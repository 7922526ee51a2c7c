import { element, setAttribute, setText, svgElement } from './dom.ts';
import { MOST_SAMPLES } from './samples.ts';

/** Units of the picture. It is stretched to its box, and its lines keep their width. */
const WIDTH = MOST_SAMPLES - 1;
const HEIGHT = 100;

export interface Drawn {
  readonly title: string;
  /** What the picture says, in words. */
  readonly text: string;
  /** The newest value of each line comes last. The first line is the main one, and the second is dashed. */
  readonly lines: readonly (readonly number[])[];
}

/** A picture of values over the last two minutes, with one value a second. */
export class Chart {
  readonly element: HTMLElement;
  readonly #title = element('span');
  readonly #text = element('span');
  readonly #paths = ['area', 'line', 'line second'].map((kind) =>
    svgElement('path', { class: kind }),
  );
  readonly #svg = svgElement(
    'svg',
    { role: 'img', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' },
    ...this.#paths,
  );

  constructor() {
    // The label of the picture says the same.
    const caption = { class: 'caption', 'aria-hidden': 'true' };
    const head = element('div', caption, this.#title, this.#text);
    this.element = element('div', {}, head, this.#svg);
  }

  draw({ title, text, lines: [main = [], second = []] }: Drawn): void {
    const lowest = Math.min(0, ...main, ...second);
    const span = Math.max(1, ...main, ...second) - lowest;
    const line = pathOf(main, lowest, span);
    const zero = yOf(0, lowest, span);
    const area = line && `${line}V${zero}H${WIDTH - main.length + 1}Z`;
    [area, line, pathOf(second, lowest, span)].forEach((path, at) => {
      setAttribute(this.#paths[at] as Element, 'd', path);
    });
    setAttribute(this.#svg, 'aria-label', `${title}: ${text}`);
    setText(this.#title, title);
    setText(this.#text, text);
  }
}

function yOf(value: number, lowest: number, span: number): number {
  return Math.round(HEIGHT - (HEIGHT * (value - lowest)) / span);
}

/** The newest value is at the right edge. */
function pathOf(values: readonly number[], lowest: number, span: number): string {
  const from = WIDTH - values.length + 1;
  const points = values.map((value, at) => `${from + at} ${yOf(value, lowest, span)}`);
  return points.length > 0 ? `M${points.join('L')}` : '';
}
