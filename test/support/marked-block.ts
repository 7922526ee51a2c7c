/** The position of the text between `<!-- name -->` and `<!-- /name -->`. */
export function blockSpan(
  text: string,
  name: string,
): { readonly from: number; readonly to: number } {
  const opening = `<!-- ${name} -->`;
  const closing = `<!-- /${name} -->`;
  const at = text.indexOf(opening);
  const to = text.indexOf(closing);
  if (at === -1 || to < at)
    throw new Error(`the document must hold ${opening} and then ${closing}`);
  return { from: at + opening.length, to };
}

export function withBlock(text: string, name: string, block: string): string {
  const { from, to } = blockSpan(text, name);
  return `${text.slice(0, from)}\n${block}\n${text.slice(to)}`;
}
