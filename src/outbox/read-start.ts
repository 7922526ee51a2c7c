/**
 * The first bytes of an answer as text, by default 2,048. Reading an answer to its end frees the connection for the next request. A longer
 * answer is cancelled. Never rejects: an answer that breaks off or was read already gives what there is.
 */
export async function readStart(response: Response, mostBytes = 2_048): Promise<string> {
  if (!response.body || response.bodyUsed) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let left = mostBytes;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The status has arrived, and it alone decides.
  }
  return text;
}
