/** The lines between `// #region name` and the next `// #endregion`, without the indentation that all of them share. */
export function shownPart(source: string, name: string): string {
  const pattern = new RegExp(`// #region ${name}\\n([\\s\\S]*?)\\n *// #endregion`);
  const lines = pattern.exec(source)?.[1]?.split('\n') ?? [];
  const indents = lines.filter(Boolean).map((line) => line.search(/\S/));
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n');
}

/** The lines as elements: what does not fit the width goes on below, further in than its line begins. */
export function codeLines(code: string): readonly HTMLElement[] {
  return code.split('\n').map((line) => {
    const shown = document.createElement('span');
    shown.className = 'line';
    const indent = Math.max(0, line.search(/\S/));
    shown.style.setProperty('--hang', `${indent + 4}ch`);
    shown.textContent = `${line}\n`;
    return shown;
  });
}

/** Fills each element that names a part with `data-code`, so that the page shows the lines that it runs. */
export function showCode(...sources: readonly string[]): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-code]')) {
    const name = place.dataset['code'] ?? '';
    const part = sources.map((source) => shownPart(source, name)).find(Boolean);
    if (part === undefined) throw new Error(`no source has the region ${name}`);
    place.replaceChildren(...codeLines(part));
  }
}
