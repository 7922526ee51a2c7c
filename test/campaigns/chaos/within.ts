/** No command to a browser takes longer, unless the page or the browser is gone. */
const PATIENCE_MS = 8_000;

/** Rejects if the browser does not answer. */
export async function within<T>(answer: Promise<T>, limitMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the browser did not answer in ${limitMs} ms`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    // The answer may come when nothing waits for it any more.
    answer.catch(() => undefined);
  }
}
