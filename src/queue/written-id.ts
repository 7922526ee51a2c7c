/** The names that a database would not return as they are: with a lone surrogate, or a NUL, which ends a text in some tools. */
const ODD = /[\0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|^"/;

/** The text that is stored for an event id or a key. */
export function textOfId(id: string): string {
  return ODD.test(id) ? JSON.stringify(id) : id;
}

/** The event id or key of a stored text. */
export function idOf(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
