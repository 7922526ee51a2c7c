import { element, setAttribute, setText } from './dom.ts';
import { gridHeight, reachedRow, scrollTopOf } from './grid-scroll.ts';

export interface Column<Row> {
  readonly label: string;
  /** A track of a CSS grid. */
  readonly track: string;
  readonly text: (row: Row) => string;
  /** Space-separated: `number`, `code`, `bad`; `extra` columns are left out where there is little room. */
  readonly kind?: string;
}

export interface VirtualGridParts<Row> {
  readonly label: string;
  /** Prefix of the ids of its rows. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined for a row that is not read yet. */
  readonly rowAt: (index: number) => Row | undefined;
  /** Which rows are on view. */
  readonly onView?: (first: number, last: number) => void;
  readonly onOpen: (row: Row, index: number) => void;
  readonly isSelected?: (row: Row) => boolean;
}

/** Rows above and below the view, so that a scroll does not show a gap. */
const OVERSCAN = 4;
const LEAST_ROW_PX = 24;

/**
 * A table of any length, of which only the rows on view are elements. It is one stop of the Tab key: arrows, Page, Home and End
 * move the active row, and Enter opens it. {@link https://www.w3.org/WAI/ARIA/apg/patterns/grid/}.
 */
export class VirtualGrid<Row> {
  readonly element: HTMLElement;
  readonly #parts: VirtualGridParts<Row>;
  readonly #body = element('div', { class: 'grid-body' });
  readonly #head: HTMLElement;
  readonly #rows: HTMLElement[] = [];
  readonly #resizes = new ResizeObserver(() => this.render());
  #total = 0;
  #active = -1;

  constructor(parts: VirtualGridParts<Row>) {
    this.#parts = parts;
    this.#head = headOf(parts.columns);
    this.element = element(
      'div',
      { class: 'grid', role: 'grid', tabindex: '0', 'aria-label': parts.label },
      element('div', { class: 'grid-head' }, this.#head),
      this.#body,
    );
    const tracks = (columns: readonly Column<Row>[]) => columns.map(({ track }) => track).join(' ');
    this.element.style.setProperty('--tracks', tracks(parts.columns));
    const few = parts.columns.filter(({ kind = '' }) => !kind.includes('extra'));
    this.element.style.setProperty('--few-tracks', tracks(few));
    this.element.addEventListener('scroll', () => this.render(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('click', (event) => this.#onClick(event));
    // Set when it is needed: a test of each cell for a cut text would need a layout for each row.
    this.element.addEventListener('pointerover', ({ target }) => {
      if (target instanceof HTMLElement && target.role === 'gridcell')
        target.title = target.textContent ?? '';
    });
    this.#resizes.observe(this.element);
  }

  /** Whether the visitor has neither scrolled it nor chosen a row. */
  get isFollowing(): boolean {
    return this.#active < 0 && this.element.scrollTop < this.#rowPx;
  }

  end(): void {
    this.#resizes.disconnect();
  }

  show(total: number): void {
    this.#total = total;
    this.#active = Math.min(this.#active, total - 1);
    setAttribute(this.element, 'aria-rowcount', String(total + 1));
    this.render();
  }

  toTop(): void {
    this.element.scrollTop = 0;
    this.#active = -1;
  }

  /** Draws the rows on view. */
  render(): void {
    const { top, px, viewPx } = this.#measure();
    const height = gridHeight(this.#total, px);
    this.#body.style.height = `${height}px`;
    const reached = reachedRow({ top, viewPx, px, total: this.#total });
    const first = Math.max(0, Math.floor(reached) - OVERSCAN);
    const end = Math.min(this.#total, Math.ceil(reached + viewPx / px) + OVERSCAN);
    const shift = top + (first - reached) * px;
    for (let at = this.#rows.length; at < end - first; at += 1) this.#addRow();
    this.#rows.forEach((row, at) => {
      this.#draw(row, first + at, end);
      row.style.transform = `translateY(${shift + at * px}px)`;
    });
    this.#showActive(first, end);
    if (end > first) this.#parts.onView?.(first, end - 1);
  }

  get #rowPx(): number {
    return Math.max(LEAST_ROW_PX, this.#head.offsetHeight);
  }

  #measure(): { readonly top: number; readonly px: number; readonly viewPx: number } {
    const px = this.#rowPx;
    const { scrollTop, clientHeight } = this.element;
    return { top: scrollTop, px, viewPx: Math.max(0, clientHeight - px) };
  }

  #addRow(): void {
    const cells = this.#parts.columns.map(({ kind = '' }) =>
      element('div', { role: 'gridcell', class: kind }),
    );
    const row = element('div', { role: 'row', class: 'grid-row' }, ...cells);
    this.#rows.push(row);
    this.#body.append(row);
  }

  #draw(row: HTMLElement, index: number, end: number): void {
    row.hidden = index >= end;
    if (row.hidden) return;
    const { columns, name, isSelected, rowAt } = this.#parts;
    const data = rowAt(index);
    row.id = `${name}-${index}`;
    row.dataset['index'] = String(index);
    setAttribute(row, 'aria-rowindex', String(index + 2));
    row.classList.toggle('active', index === this.#active);
    const selected = data !== undefined && isSelected?.(data);
    setAttribute(row, 'aria-selected', isSelected ? String(selected) : null);
    columns.forEach(({ text }, at) => {
      const cell = row.children[at] as HTMLElement;
      const shown = data === undefined ? '…' : text(data);
      setText(cell, shown);
      cell.classList.toggle('zero', shown === '0');
    });
  }

  #showActive(first: number, end: number): void {
    const isShown = this.#active >= first && this.#active < end;
    const id = isShown ? `${this.#parts.name}-${this.#active}` : null;
    setAttribute(this.element, 'aria-activedescendant', id);
  }

  #onClick({ target }: Event): void {
    const row = (target as Element).closest<HTMLElement>('.grid-row');
    if (row) this.#open(Number(row.dataset['index']));
  }

  #open(index: number): void {
    const data = this.#parts.rowAt(index);
    if (data === undefined) return;
    this.#active = index;
    this.#parts.onOpen(data, index);
    this.render();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') this.#open(this.#active);
    else if (!this.#move(event.key)) return;
    event.preventDefault();
  }

  /** Returns whether the key moves the active row. */
  #move(key: string): boolean {
    const { px, viewPx } = this.#measure();
    const page = Math.max(1, Math.floor(viewPx / px) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.#total,
      End: this.#total,
    };
    const step = steps[key];
    if (step === undefined || this.#total === 0) return false;
    this.#active = Math.max(0, Math.min(this.#total - 1, this.#active + step));
    this.#reveal(this.#active);
    this.render();
    return true;
  }

  #reveal(index: number): void {
    const { top, px, viewPx } = this.#measure();
    const place = { top, viewPx, px, total: this.#total };
    const reached = reachedRow(place);
    const shown = viewPx / px;
    if (index < reached) this.element.scrollTop = scrollTopOf(index, place);
    else if (index + 1 > reached + shown)
      this.element.scrollTop = scrollTopOf(index + 1 - shown, place);
  }
}

function headOf<Row>(columns: readonly Column<Row>[]): HTMLElement {
  const cells = columns.map(({ label, kind = '' }) =>
    element('div', { role: 'columnheader', class: kind.replace(/code|bad/g, '') }, label),
  );
  return element('div', { role: 'row', 'aria-rowindex': '1' }, ...cells);
}
