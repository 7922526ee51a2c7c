import { ignore } from '../core/ignore.ts';
import { refusal } from './problem.ts';

/**
 * The bytes of a request. It reads no more than `maxBytes` and the chunk that exceeds them, also if `Content-Length` is smaller.
 * Errors: `Problem`.
 */
export async function readBody({ headers, body }: Request, maxBytes: number): Promise<Uint8Array> {
  if (Number(headers.get('content-length')) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await reader.read().catch(() => {
      // Not 400: the event itself may be good, and its sender tries again.
      throw refusal(408, 'incomplete', 'the body broke off');
    });
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      void reader.cancel().catch(ignore);
      throw tooLarge();
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function tooLarge() {
  return refusal(413, 'too-large', 'the body is over maxBytes');
}
