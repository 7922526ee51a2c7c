type Attributes = Readonly<Record<string, string>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(label: string, testId: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', 'data-testid': testId }, label);
  made.addEventListener('click', onClick);
  return made;
}

/** An element that `index.html` contains. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/** Does not touch the document when nothing changes, so that screen readers stay quiet. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}
