/** Calls `run` at most once per `intervalMs`, and always once after the last request. */
export function throttle(run: () => void, intervalMs: number): () => void {
  let isPlanned = false;
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(() => {
      isPlanned = false;
      run();
    }, intervalMs);
  };
}
