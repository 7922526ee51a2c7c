/** Bytes that would change if they were sent as text. */
const BYTES = [0, 1, 127, 128, 254, 255, 0, 13, 10, 195];
const CHANNEL = 'binary';

function bytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(BYTES);
}

async function bitmap(): Promise<ImageBitmap> {
  const pixels = Uint8ClampedArray.from([255, 0, 0, 255, 0, 0, 255, 255]);
  return createImageBitmap(new ImageData(pixels, 2, 1));
}

/** Makes one value of each kind. */
const MAKERS = {
  ArrayBuffer: () => bytes().buffer,
  'a view of a part': () => bytes().subarray(2, 7),
  Uint16Array: () => Uint16Array.from([1, 65_535, 256]),
  Float64Array: () => Float64Array.from([-0, 0.1, Number.MAX_VALUE]),
  BigInt64Array: () => BigInt64Array.from([-1n, 2n ** 62n]),
  DataView: () => new DataView(bytes().buffer, 3, 4),
  Blob: () => new Blob([bytes()], { type: 'image/x-test' }),
  File: () => new File([bytes()], 'name.bin', { type: 'image/x-test' }),
  'a large Blob': () => new Blob([new Uint8Array(600_000).fill(7), bytes()]),
  'an ArrayBuffer of half a megabyte': () => new Uint8Array(500_000).fill(9).buffer,
  'everything in one': () => ({ deep: [new Map([['key', bytes()]]), new Blob([bytes()])] }),
  ImageBitmap: bitmap,
  'an ImageBitmap within': async () => ({ icon: await bitmap() }),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(4),
  'a function': () => () => undefined,
  'an element': () => document.createElement('p'),
  'a MessagePort': () => new MessageChannel().port1,
  'a ReadableStream': () => new ReadableStream(),
} as const;

export type PayloadKind = keyof typeof MAKERS;

export interface Arrival {
  readonly kind: PayloadKind;
  readonly description: string;
}

/** A description that is equal for equal values. */
async function describe(value: unknown): Promise<string> {
  const type = Object.prototype.toString.call(value).slice(8, -1);
  if (value instanceof ArrayBuffer) return `${type} ${await digest(value)}`;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return `${type} ${await digest(buffer.slice(byteOffset, byteOffset + byteLength))}`;
  }
  if (value instanceof Blob) {
    const name = value instanceof File ? value.name : '';
    return `${type} ${name} ${value.type} ${await digest(await value.arrayBuffer())}`;
  }
  if (value instanceof ImageBitmap) return `${type} ${await digest(pixelsOf(value))}`;
  if (value instanceof Map) return `${type} ${await describe([...value])}`;
  if (typeof value !== 'object' || value === null) return `${type} ${String(value)}`;
  const parts = Object.entries(value).map(async ([key, part]) => `${key}: ${await describe(part)}`);
  return `${type} ${(await Promise.all(parts)).join(', ')}`;
}

function pixelsOf(image: ImageBitmap): BufferSource {
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context?.drawImage(image, 0, 0);
  return context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8Array();
}

async function digest(source: ArrayBuffer | SharedArrayBuffer | BufferSource): Promise<string> {
  const copy = new Blob([source as BufferSource]);
  const content = await copy.arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return `${content.byteLength} ${[...hash.slice(0, 8)].join('-')}`;
}

declare global {
  interface Window {
    arrivals: Arrival[];
    receiveKinds(): void;
    payloadKinds: readonly PayloadKind[];
    /** Resolves with the description of the sent value, with the code of the refusal, or with null if the engine has no such kind. */
    publishKind(kind: PayloadKind): Promise<{ sent: string } | { refused: unknown } | null>;
  }
}

/** Lets Node publish and receive values of each kind in this page. */
export function exposePayloadKinds(): void {
  window.payloadKinds = Object.keys(MAKERS) as PayloadKind[];
  window.arrivals = [];
  window.receiveKinds = () => {
    window.member.events.listen(CHANNEL, async ({ payload }) => {
      const { kind, value } = payload as { kind: PayloadKind; value: unknown };
      window.arrivals.push({ kind, description: await describe(value) });
    });
  };
  window.publishKind = publishKind;
}

async function publishKind(kind: PayloadKind) {
  const value = await makeKind(kind);
  if (value === null) return null;
  const sent = await describe(value).catch(String);
  try {
    await window.member.events.publish(CHANNEL, { kind, value });
    return { sent };
  } catch (error) {
    return { refused: (error as { code?: unknown }).code ?? String(error) };
  }
}

async function makeKind(kind: PayloadKind): Promise<unknown> {
  try {
    return await MAKERS[kind]();
  } catch {
    // The engine has no such value in this page.
    return null;
  }
}
