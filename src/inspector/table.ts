import { element } from './dom.ts';

/** A table whose rows begin with a heading. */
export function tableOf(
  heads: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
  kind: 'words' | 'numbers',
): HTMLElement {
  const headRow = element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)));
  const bodyRows = rows.map(([title = '', ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, title),
      ...cells.map((cell) => element('td', {}, cell)),
    ),
  );
  const [head, body] = [element('thead', {}, headRow), element('tbody', {}, ...bodyRows)];
  return element('table', { class: kind }, head, body);
}

/** What stands where nothing is to be shown. */
export function emptyText(text: string): HTMLElement {
  return element('p', { class: 'empty' }, text);
}

/** A name with a mark beside it. */
export function markedName(name: string, mark: string | false): HTMLElement {
  const marks = mark ? [element('span', { class: 'mark' }, mark)] : [];
  return element('span', { class: 'code' }, name, ...marks);
}
