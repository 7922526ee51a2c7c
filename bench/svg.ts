/** Dark enough for a white page, light enough for a black one: nothing tells an image which of them it is on. */
export const INK = '#737b85';

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
