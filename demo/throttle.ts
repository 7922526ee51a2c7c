/** `run`, at most once per `intervalMs` however often it is asked for, and always after the last time. */
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
