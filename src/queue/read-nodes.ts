import { fromBase64 } from '../core/events/base64.ts';
import type { Cell, ValueNode } from './write-nodes.ts';

type Parts = Record<string, unknown>;

/** The errors that structured clone keeps apart. Every other name becomes `Error`. */
const ERRORS = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

const ORDINARY = { writable: true, enumerable: true, configurable: true };

/** The value of a list that `NodeWriter` has made. The last item is the cell of the value. */
export function readNodes(list: readonly unknown[]): unknown {
  const nodes = list.slice(0, -1) as readonly ValueNode[];
  // Made first and filled then, because a cycle refers to an object that is not filled yet.
  const objects = nodes.map(made);
  const value = (cell: Cell | undefined) => valueOfCell(cell, objects);
  for (const [index, node] of nodes.entries()) fill(objects[index] as object, node, value);
  return value(list.at(-1) as Cell);
}

function valueOfCell(cell: Cell | undefined, objects: readonly unknown[]): unknown {
  if (!Array.isArray(cell)) return cell;
  const [kind, text] = cell as unknown as readonly [unknown, string];
  if (typeof kind === 'number') return objects[kind];
  if (kind === 'i') return BigInt(text);
  return kind === 'n' ? Number(text) : undefined;
}

/** The object of a node, without its parts. */
function made([kind, ...cells]: ValueNode): unknown {
  const [first, second] = cells as unknown as readonly [string, string];
  switch (kind) {
    case 'o':
      return {};
    case 'a':
    case 's':
      return [];
    case 'm':
      return new Map();
    case 'e':
      return new Set();
    case 'd':
      // biome-ignore lint/style/noRestrictedGlobals: a value to carry, not a clock
      return new Date(first === null ? Number.NaN : Number(first));
    case 'r':
      return new RegExp(first, second);
    case 'w':
      return Object(valueOfCell(cells[0], []));
    case 'b':
      return fromBase64(first).buffer;
    case 'v':
      return viewOf(first, fromBase64(second).buffer as ArrayBuffer);
    case 'x':
      return errorOf(first, second);
    case 'y':
      return new DOMException(first, second);
    default:
      return kind satisfies never;
  }
}

function viewOf(name: string, buffer: ArrayBuffer): unknown {
  // biome-ignore lint/style/noRestrictedGlobals: a type of array, by its name
  const View = Reflect.get(globalThis, name) as new (bytes: ArrayBuffer) => ArrayBufferView;
  return new View(buffer);
}

function errorOf(name: string, message: string): Error {
  const Known = ERRORS.find((type) => type.name === name) ?? Error;
  return message === '' ? new Known() : new Known(message);
}

function fill(object: object, [kind, ...cells]: ValueNode, value: (cell?: Cell) => unknown): void {
  switch (kind) {
    case 'o':
      for (let at = 0; at < cells.length; at += 2)
        define(object, cells[at] as string, value(cells[at + 1]));
      return;
    case 'a':
      for (const cell of cells) (object as unknown[]).push(value(cell));
      return;
    case 's':
      (object as unknown[]).length = cells[0] as number;
      for (let at = 1; at < cells.length; at += 2)
        define(object, cells[at] as string, value(cells[at + 1]));
      return;
    case 'm':
      for (let at = 0; at < cells.length; at += 2)
        (object as Map<unknown, unknown>).set(value(cells[at]), value(cells[at + 1]));
      return;
    case 'e':
      for (const cell of cells) (object as Set<unknown>).add(value(cell));
      return;
    case 'x':
      Object.defineProperty(object, 'stack', {
        ...ORDINARY,
        enumerable: false,
        value: cells[2] ?? undefined,
      });
      if (cells.length > 3)
        Object.defineProperty(object, 'cause', {
          ...ORDINARY,
          enumerable: false,
          value: value(cells[3]),
        });
      return;
    default:
  }
}

/** An assignment to `__proto__` would change the prototype. */
function define(object: object, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { ...ORDINARY, value });
  else (object as Parts)[key] = value;
}
