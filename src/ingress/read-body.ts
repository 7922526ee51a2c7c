import { ignore } from '../core/runtime/ignore.ts';
import { refusal } from './problem.ts';

/**
 * The bytes of a request. It reads no more than `maxBytes` and the chunk that exceeds them, also if `Content-Length` is smaller.
 * A body that the server has read before, such as by `express.json()`, would be an event without its payload. Errors: `Problem`
 * for the sender, `Error` for the server.
 */
export async function readBody(
  { headers, body, bodyUsed }: Request,
  maxBytes: number,
): Promise<Uint8Array> {
  const announced = Number(headers.get('content-length'));
  if (announced > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await reader.read().catch(() => {
      throw incomplete();
    });
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      void reader.cancel().catch(ignore);
      throw tooLarge();
    }
    chunks.push(value);
  }
  if (size === 0 && (bodyUsed || announced > 0 || headers.has('transfer-encoding')))
    throw new Error('the body was read before the ingress');
  if (size < announced) throw incomplete();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Not 400: the event itself may be good, and its sender tries again. */
function incomplete() {
  return refusal(408, 'incomplete', 'the body broke off');
}

function tooLarge() {
  return refusal(413, 'too-large', 'the body is over maxBytes');
}
