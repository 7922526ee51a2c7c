import { toBase64 } from '../core/events/base64.ts';

/**
 * A value as a list of nodes, one for each object. The last node is the value.
 *
 * - A *cell* is a string, a finite number, a boolean or null, as it is; or a list: `[7]` is the object of node 7, `['u']` is
 *   undefined, `['n', 'NaN']` another number, and `['i', '12']` a bigint.
 * - A *node* is a list that begins with the letter of its kind; see {@link NodeKind}.
 */
export type Cell = string | number | boolean | null | readonly [index: number] | readonly string[];

/**
 * - `o`: a plain object, then keys and cells in turn. `a`: an array, then its cells.
 * - `s`: an array with holes or other properties: its length, then keys and cells in turn.
 * - `m`: a `Map`, then keys and values in turn. `e`: a `Set`, then its cells.
 * - `d`: a `Date`, its time or null. `r`: a `RegExp`, its source and flags. `w`: a wrapped primitive, its cell.
 * - `v`: a view, the name of its type and its bytes. `b`: an `ArrayBuffer`, its bytes.
 * - `x`: an error: its name, message, stack, and the cell of its cause if it has one. `y`: a `DOMException`, message and name.
 */
export type NodeKind = 'o' | 'a' | 's' | 'm' | 'e' | 'd' | 'r' | 'w' | 'v' | 'b' | 'x' | 'y';

export type ValueNode = readonly [kind: NodeKind, ...cells: Cell[]];

/** The platform's name of a typed array. A subclass may have another name. */
const TypedArray = Object.getPrototypeOf(Uint8Array);
const typeOfArray = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag)?.get;

/** Writes one value. After an error, {@link path} is where the refused part lies. */
export class NodeWriter {
  readonly #indexes = new Map<object, number>();
  readonly #nodes: (ValueNode | undefined)[] = [];
  readonly #path: string[] = [];

  get path(): string {
    return this.#path.join('');
  }

  write(value: unknown): readonly unknown[] {
    return [...this.#nodesOf(this.#cell(value))];
  }

  /** The nodes, and the cell of the value. */
  #nodesOf(cell: Cell): readonly unknown[] {
    return [...this.#nodes, cell];
  }

  #cell(value: unknown): Cell {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return ['n', Object.is(value, -0) ? '-0' : String(value)];
      case 'bigint':
        return ['i', String(value)];
      case 'undefined':
        return ['u'];
      case 'object':
        return value === null ? null : [this.#index(value)];
      default:
        throw new TypeError(`a ${typeof value} is no data`);
    }
  }

  #index(value: object): number {
    const known = this.#indexes.get(value);
    if (known !== undefined) return known;
    const index = this.#nodes.length;
    this.#indexes.set(value, index);
    this.#nodes.push(undefined);
    this.#nodes[index] = this.#node(value);
    return index;
  }

  #node(value: object): ValueNode {
    if (Array.isArray(value)) return this.#array(value);
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      return ['v', String(typeOfArray?.call(value) ?? 'DataView'), toBase64(bytes)];
    }
    const tag = Object.prototype.toString.call(value);
    switch (tag) {
      case '[object Object]':
        return ['o', ...this.#entries(value)];
      case '[object Map]':
        return [
          'm',
          ...[...(value as Map<unknown, unknown>)].flat().map((part) => this.#at('.get()', part)),
        ];
      case '[object Set]':
        return ['e', ...[...(value as Set<unknown>)].map((part) => this.#at('.values()', part))];
      case '[object Date]': {
        const time = Number(value);
        return ['d', Number.isNaN(time) ? null : time];
      }
      case '[object RegExp]':
        return ['r', (value as RegExp).source, (value as RegExp).flags];
      case '[object ArrayBuffer]':
        return ['b', toBase64(new Uint8Array(value as ArrayBuffer))];
      case '[object Boolean]':
      case '[object Number]':
      case '[object String]':
      case '[object BigInt]':
        return ['w', this.#cell(value.valueOf())];
      case '[object Error]':
        return this.#error(value as Error);
      case '[object DOMException]':
        return ['y', (value as Error).message, (value as Error).name];
      default:
        throw new TypeError(`there is no text for ${tag}`);
    }
  }

  #array(value: readonly unknown[]): ValueNode {
    const keys = Object.keys(value);
    const isDense = keys.length === value.length && keys.at(-1) === `${value.length - 1}`;
    if (isDense || value.length + keys.length === 0)
      return ['a', ...value.map((part, index) => this.#at(`[${index}]`, part))];
    return ['s', value.length, ...this.#entries(value)];
  }

  #entries(value: object): Cell[] {
    return Object.entries(value).flatMap(([key, part]): Cell[] => [key, this.#at(`.${key}`, part)]);
  }

  #error(value: Error): ValueNode {
    const { name, message, stack } = value;
    const node: ValueNode = ['x', name, message, stack ?? null];
    return Object.hasOwn(value, 'cause') ? [...node, this.#at('.cause', value.cause)] : node;
  }

  /** The cell of a part. Its place stays in the path if it is refused. */
  #at(place: string, part: unknown): Cell {
    this.#path.push(place);
    const cell = this.#cell(part);
    this.#path.pop();
    return cell;
  }
}
