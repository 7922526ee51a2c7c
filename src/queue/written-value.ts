import { AcklineError } from '../core/reports/errors.ts';
import { readNodes } from './read-nodes.ts';
import { NodeWriter } from './write-nodes.ts';

/**
 * Payloads and metadata as text. A value that JSON keeps as it is, is written as JSON, so that every program can read it. Any
 * other value is written as a list of nodes, after a mark with which no JSON begins; see write-nodes.ts.
 */

const MARK = '!';

/**
 * The text of a value that is a copy, see plain-copy.ts. Error: `not-cloneable` with the path, for a value that only the
 * platform can store, such as a `Blob`.
 */
export function textOf(value: unknown, path: string, channel: string): string {
  if (isJson(value, new Set())) return JSON.stringify(value);
  const writer = new NodeWriter();
  try {
    return MARK + JSON.stringify(writer.write(value));
  } catch (cause) {
    const at = path + writer.path;
    const message = `the ${path} for ${channel} cannot be stored as text at ${at}: leave it out, or publish its bytes`;
    throw new AcklineError('not-cloneable', message, { cause, channel, path: at });
  }
}

export function valueOfText(text: string): unknown {
  if (!text.startsWith(MARK)) return JSON.parse(text);
  return readNodes(JSON.parse(text.slice(MARK.length)) as readonly unknown[]);
}

/** Whether JSON keeps the value: no object occurs twice, and there is nothing that JSON changes or leaves out. */
function isJson(value: unknown, seen: Set<object>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isJsonObject(value, seen);
    default:
      return false;
  }
}

function isJsonObject(value: object, seen: Set<object>): boolean {
  if (seen.has(value)) return false;
  seen.add(value);
  if (Array.isArray(value)) {
    // A hole is undefined, which JSON does not keep. Another count means properties beside the items.
    for (const part of value) if (!isJson(part, seen)) return false;
    return Object.keys(value).length === value.length;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key of Object.keys(value))
    if (!isJson((value as Readonly<Record<string, unknown>>)[key], seen)) return false;
  return true;
}
