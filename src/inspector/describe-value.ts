import { partOf } from '../core/runtime/part-of.ts';

/** Longest text of a value, in UTF-16 code units. */
const MOST_LENGTH = 100_000;
const MOST_DEPTH = 20;

/** Control characters, and those that change the direction of the text that follows them. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is searched for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text in which no character is invisible or moves others. */
export function visibleText(text: string): string {
  return text.replace(
    HIDDEN,
    (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Any cloneable value as text of several lines. It is for reading, and is not JSON. Values that contain themselves, deep ones
 * and long ones are cut with `…`. Never throws.
 */
export function describeValue(value: unknown): string {
  const parts: string[] = [];
  const writer: Writer = { parts, length: 0, within: [] };
  try {
    write(writer, value, '');
  } catch {
    add(writer, '… (cannot be read)');
  }
  return visibleText(parts.join(''));
}

interface Writer {
  readonly parts: string[];
  length: number;
  /** The objects around the present one. */
  readonly within: object[];
}

function add(writer: Writer, text: string): void {
  const left = MOST_LENGTH - writer.length;
  if (left <= 0) return;
  writer.parts.push(text.length <= left ? text : `${text.slice(0, left)}\n… (cut)`);
  writer.length += text.length;
}

function write(writer: Writer, value: unknown, indent: string): void {
  if (typeof value !== 'object' || value === null) return add(writer, describePlain(value));
  if (writer.within.includes(value)) return add(writer, '… (contains itself)');
  if (writer.within.length >= MOST_DEPTH) return add(writer, '…');
  writer.within.push(value);
  writeObject(writer, value, indent);
  writer.within.pop();
}

function describePlain(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function writeObject(writer: Writer, value: object, indent: string): void {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (Array.isArray(value)) return writeEntries(writer, value.map(unnamed), '[]', indent);
  if (value instanceof Set)
    return writeEntries(writer, [...value].map(unnamed), '{}', indent, kind);
  if (value instanceof Map) return writeEntries(writer, [...value].map(named), '{}', indent, kind);
  if (kind === 'Object')
    return writeEntries(writer, Object.entries(value).map(named), '{}', indent);
  // A buffer, a view of one, or a blob.
  const bytes = partOf(value, 'byteLength') ?? partOf(value, 'size');
  add(writer, bytes === undefined ? `${kind} ${String(value)}` : `${kind} of ${bytes} bytes`);
}

interface Entry {
  readonly name: string;
  readonly value: unknown;
}

function unnamed(value: unknown): Entry {
  return { name: '', value };
}

function named([key, value]: readonly [unknown, unknown]): Entry {
  return { name: `${typeof key === 'object' ? '(object)' : describePlain(key)}: `, value };
}

function writeEntries(
  writer: Writer,
  entries: readonly Entry[],
  [open, close]: string,
  indent: string,
  kind = '',
): void {
  add(writer, kind === '' ? `${open}` : `${kind} ${open}`);
  const inner = `${indent}  `;
  for (const { name, value } of entries) {
    if (writer.length >= MOST_LENGTH) return;
    add(writer, `\n${inner}${name}`);
    write(writer, value, inner);
  }
  add(writer, entries.length > 0 ? `\n${indent}${close}` : `${close}`);
}
