/** Browsers clamp heights: Firefox at 17.8 million pixels, Chromium at 33.5 million. */
const MOST_PX = 15_000_000;

/** A position of a grid. `top`: its scroll position. `viewPx`: the height for rows. `px`: the height of a row. */
export interface GridPlace {
  readonly top: number;
  readonly viewPx: number;
  readonly px: number;
  readonly total: number;
}

/** The height of the scrolled part of a grid. A longer grid is scrolled at a larger scale. */
export function gridHeight(total: number, px: number): number {
  return Math.min(total * px, MOST_PX);
}

/** The row at the top of the view, with a fraction if a part of it is scrolled out. */
export function reachedRow(place: GridPlace): number {
  return (Math.max(0, place.top) * scaleOf(place)) / place.px;
}

/** The scroll position at which `row` is at the top of the view. */
export function scrollTopOf(row: number, place: GridPlace): number {
  return (row * place.px) / scaleOf(place);
}

/** How many pixels of rows one pixel of the scroll bar stands for. */
function scaleOf({ viewPx, px, total }: GridPlace): number {
  const most = gridHeight(total, px) - viewPx;
  return most <= 0 ? 1 : (total * px - viewPx) / most;
}
