import { fromBase64 } from '../../core/events/base64.ts';
import { type EventHeader, readHeader } from './event-headers.ts';
import type { JetStream } from './jetstream.ts';

/** A message that lies in a stream. */
export interface StoredMessage {
  readonly seq: number;
  readonly header: EventHeader;
  readonly data: Uint8Array;
  readonly text: string;
  /** When the stream stored it, in epoch milliseconds. */
  readonly storedAt: number;
}

interface Answer {
  readonly message: {
    readonly seq: number;
    readonly hdrs?: string;
    readonly data?: string;
    readonly time: string;
  };
}

/** Which message: the one of a number, or the first of a subject from that number on. */
interface Wanted {
  readonly seq: number;
  readonly next_by_subj?: string;
}

/** Reads a message without a delivery. Undefined if there is none. */
export async function storedMessage(
  api: JetStream,
  stream: string,
  wanted: Wanted,
): Promise<StoredMessage | undefined> {
  const answer = await api.find<Answer>(`STREAM.MSG.GET.${stream}`, wanted);
  if (!answer) return undefined;
  const { seq, hdrs, data: body, time } = answer.message;
  const data = fromBase64(body ?? '');
  const text = new TextDecoder().decode(data);
  const storedAt = epochMs(time);
  const lines = hdrs === undefined ? [] : new TextDecoder().decode(fromBase64(hdrs)).split('\r\n');
  const headers = { code: 0, description: '', get: (name: string) => headerLine(lines, name) };
  const fallback = { id: `${stream}#${seq}`, createdAt: storedAt };
  const header = readHeader({ data, headers, string: () => text }, fallback);
  return { seq, header, data, text, storedAt };
}

function headerLine(lines: readonly string[], name: string): string {
  const line = lines.find((each) => each.startsWith(`${name}:`));
  return line === undefined ? '' : line.slice(name.length + 1).trim();
}

/** Epoch milliseconds of a time such as `2026-01-01T00:00:00.123456789Z`. */
function epochMs(time: string): number {
  // biome-ignore lint/style/noRestrictedGlobals: reads a text, not a clock
  return Date.parse(time);
}
