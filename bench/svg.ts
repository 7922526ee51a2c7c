/** Readable on white and on black, because an image cannot detect the colour of its page. */
export const INK = '#737b85';

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
